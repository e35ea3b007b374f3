// The command of -c: started stopped, continued when the probes are in place.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../base/errors.ts';
import type { KernelFs } from '../base/kernelfs.ts';

export class Child {
  readonly pid: number;
  readonly #process: ChildProcess;
  #ended = false;

  private constructor(process: ChildProcess, pid: number) {
    this.#process = process;
    this.pid = pid;
    process.once('exit', () => { this.#ended = true; });
  }

  /** Resolves when the child stands still before its exec. Throws UsageError when there is no such program. */
  static async start(command: string, fs: KernelFs): Promise<Child> {
    const words = splitWords(command);
    const [program] = words;
    if (program === undefined) throw new UsageError('-c: the command is empty');
    if (!isExecutable(program)) throw new UsageError(`-c: '${program}' does not exist or is not executable`);
    const process = spawn('/bin/sh', ['-c', 'kill -STOP $$; exec "$@"', 'sh', ...words], { stdio: 'inherit' });
    const { pid } = process;
    if (pid === undefined) throw await new Promise<Error>((resolve) => process.once('error', resolve));
    const child = new Child(process, pid);
    while (!child.#ended && !isStopped(fs, pid)) await sleep(1);
    return child;
  }

  continue(): void {
    this.#signal('SIGCONT');
  }

  onExit(callback: () => void): void {
    if (this.#ended) callback();
    else this.#process.once('exit', callback);
  }

  /** Ends it when it still runs; a stopped process has to be continued to notice. */
  close(): void {
    this.#signal('SIGTERM');
    this.#signal('SIGCONT');
  }

  #signal(name: NodeJS.Signals): void {
    if (!this.#ended) this.#process.kill(name);
  }
}

function isStopped(fs: KernelFs, pid: number): boolean {
  const stat = fs.text(`/proc/${pid}/stat`) ?? '';
  return stat.charAt(stat.lastIndexOf(')') + 2) === 'T';
}

/** Blanks separate; quotes and backslashes as in a shell, and nothing else: `sh -c 'a | b'` is for the rest. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [, blank, escaped, single, double, plain] of text.matchAll(/(\s+)|\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"|(.)/gs)) {
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + (escaped ?? single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? plain ?? '');
    }
  }
  return word === undefined ? words : [...words, word];
}

function isExecutable(program: string): boolean {
  const places = program.includes('/') ? [program] : (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, program));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    }
  });
}
