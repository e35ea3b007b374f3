// `btfly diff --only-used-by`: the one form of the command that needs the compiler.
import { readFileSync } from 'node:fs';
import { diffScript } from '../../app/diffscript.ts';
import { cannotRead } from '../../base/errors.ts';
import { SourceText } from '../../base/span.ts';
import type { ScriptRequest } from '../../app/compile.ts';
import { chunk } from '../chunk.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import type { HeadersPart } from './headers.ts';
import { reporting } from '../report.ts';

export interface DiffScriptOptions {
  readonly before: string;
  readonly after: string;
  /** `-` for standard input. */
  readonly script: string;
  readonly includeDirectories: readonly string[];
  readonly json: boolean;
  readonly db: string | undefined;
}

/** @returns the exit status: 1 when something breaks the script */
export async function main({ before, after, script, includeDirectories, json, db }: DiffScriptOptions): Promise<number> {
  return await reporting(async () => {
    const request: ScriptRequest = {
      source: readScript(script), positional: [], named: new Map<string, string>(), includeDirectories, unsafe: true,
      openC: (place, text) => chunk<HeadersPart>('headers').openC(place, text),
    };
    const answer = await diffScript({ before, after }, request, { db, progress: progressLine() });
    print(json ? answer.json() : answer.text());
    return answer.works ? 0 : 1;
  });
}

function readScript(file: string): SourceText {
  try {
    return new SourceText(file === '-' ? 'stdin' : file, readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw cannotRead(file, error);
  }
}
