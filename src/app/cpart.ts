// Reads the C part of scripts: with the headers of the kernel that the script is for, where they are on the machine, and those of the folders that -I names.
import { existsSync } from 'node:fs';
import type { ArchName } from '../base/arch.ts';
import { UsageError } from '../base/errors.ts';
import type { CPart, CProblem, CText, ReadC } from '../ctype/cpart.ts';
import type { HeaderFacts } from '../source/headers/facts.ts';
import { readHeaders } from '../source/headers/headers.ts';
import { Kept } from '../source/headers/kept.ts';
import { partOf, scriptConfig, scriptName } from '../source/headers/script.ts';
import type { HeaderConfig } from '../source/headers/tree/config.ts';
import { disk } from '../source/headers/tree/folder.ts';
import { openTree, type HeaderTree } from '../source/headers/tree/tree.ts';

export interface CPlace {
  /** -I, in order. */
  readonly directories: readonly string[];
  readonly arch: ArchName;
  /** Headers of the kernel that the script is for, where they are: what `openTree` understands. */
  readonly headers: string | undefined;
  /** Tells one set of known types from another. */
  readonly known: string;
  /** Where what was read of headers is kept; undefined: nowhere. */
  readonly cache: string | undefined;
}

/** @param text the script: the kernel's headers are opened for those that include something */
export async function openC(place: CPlace, text: string): Promise<ReadC> {
  const includes = /^[ \t]*#[ \t]*(?:include|import)/m.test(text);
  const { tree, problem } = includes ? await treeOf(place) : bareTree(place);
  return (c) => {
    const kept = includes && place.cache !== undefined ? new Kept(place.cache) : undefined;
    return withProblem(partOf(factsOf(tree, c, place.known, kept), tree.config.system), problem);
  };
}

interface Opened {
  readonly tree: HeaderTree;
  /** Why the kernel's headers are not used that are there. */
  readonly problem?: string;
}

async function treeOf(place: CPlace): Promise<Opened> {
  if (place.headers === undefined || !existsSync(place.headers)) return bareTree(place);
  try {
    const tree = await openTree(place.headers);
    return { tree: { ...tree, config: withDirectories(tree.config, place) } };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { ...bareTree(place), problem: error.message };
  }
}

/** No headers but those of the folders that are named. */
function bareTree(place: CPlace): Opened {
  return { tree: { path: '', kind: 'uapi', files: disk, config: withDirectories(scriptConfig(place.arch), place), release: undefined, notes: [] } };
}

function withDirectories(config: HeaderConfig, { directories }: CPlace): HeaderConfig {
  return { ...config, system: [...directories.map((folder) => (folder.length > 1 ? folder.replace(/\/+$/, '') : folder)), ...config.system] };
}

function factsOf(tree: HeaderTree, { text, known, defines }: CText, identity: string, kept: Kept | undefined): HeaderFacts {
  const config = { ...tree.config, defines: [...tree.config.defines, ...defines] };
  const main = { name: scriptName, text };
  return kept === undefined ? readHeaders({ files: tree.files, config, main, known }) : kept.read({ ...tree, config }, main, { types: known, identity });
}

function withProblem(part: CPart, message: string | undefined): CPart {
  if (message === undefined) return part;
  const problem: CProblem = { severity: 'warning', message: `the kernel's headers are not used: ${message}`, line: 1, column: 1, headers: [], missing: false };
  return { problems: [problem, ...part.problems], definitions: part.definitions, isDefined: (macro) => part.isDefined(macro), types: (types) => part.types(types) };
}
