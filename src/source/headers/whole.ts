// A whole tree read as one text: every header behind those that most of them stand on, each read once because its guard says so.
import type { HeaderFacts } from './facts.ts';
import { readHeaders } from './headers.ts';
import { mergeFacts } from './merge.ts';
import { FileCache } from './pp/include.ts';
import { Symbols } from './symbols.ts';
import { headerNames } from './tree/list.ts';
import type { HeaderTree } from './tree/tree.ts';

/**
 * Every header of the folders (`headerNames`), with all that they include. Headers that could not be read behind all the others, because their names were taken,
 * are read a second time behind those that most stand on alone; the problems that are left are those of headers that no compiler reads either.
 */
export function readTree(tree: HeaderTree, folders?: readonly string[]): HeaderFacts {
  const names = order(tree, headerNames(tree, folders));
  const cache = new FileCache(tree.files, new Symbols());
  const first = readNames(tree, names, cache);
  const failed = failures(first, tree.path, names);
  if (failed.names.length === 0) return first;
  const again = readNames(tree, [...foundationsOf(tree, names), ...besides(names, failed.names), ...failed.names], cache);
  return mergeFacts(first, again, failed.files);
}

function readNames(tree: HeaderTree, names: readonly string[], cache: FileCache): HeaderFacts {
  return readHeaders({ files: tree.files, config: tree.config, cache, main: { name: tree.path, text: names.map((name) => `#include <${name}>\n`).join('') } });
}

/** Headers of the same subsystems: in folders of their own they are written for each other. */
function besides(names: readonly string[], failed: readonly string[]): readonly string[] {
  const folders = new Set(failed.map(folderOf).filter((folder) => folder.split('/').length > 1));
  return names.filter((name) => folders.has(folderOf(name)) && !failed.includes(name));
}

function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('/')));
}

/** The headers by which the main text came to errors, and the files where those are. */
function failures({ problems }: HeaderFacts, main: string, names: readonly string[]): { readonly names: readonly string[]; readonly files: ReadonlySet<string> } {
  const found = new Set<string>();
  const files = new Set<string>();
  for (const { place, severity } of problems) {
    const from = place.included.at(-1);
    const name = from?.file === main ? names[from.line - 1] : undefined;
    if (severity !== 'error' || name === undefined) continue;
    found.add(name);
    files.add(place.file);
  }
  return { names: [...found], files };
}

/**
 * The headers of a tree in the order in which one text can have most of them: those that others choose between by what is configured come late,
 * where what they redefine does no harm, and parts of other headers last.
 */
export function order(tree: HeaderTree, names: readonly string[]): readonly string[] {
  const first = foundationsOf(tree, names);
  const outlines = new Map(names.map((name) => [name, outline(tree, name)]));
  const always = new Set([...outlines.values()].flatMap((each) => each.always));
  const chosen = new Set([...outlines.values()].flatMap(({ conditional }) => conditional).filter((name) => !always.has(name)));
  const rank = (name: string): number => (outlines.get(name)?.template === true ? 2 : chosen.has(name) || alternative.test(name) ? 1 : 0);
  const rest = names.filter((name) => !first.includes(name));
  return [...first, ...[0, 1, 2].flatMap((wanted) => rest.filter((name) => rank(name) === wanted))];
}

/** Much of the kernel is written as if these were there. */
const foundations = ['linux/kernel.h', 'linux/module.h', 'linux/sched.h', 'linux/fs.h', 'linux/mm.h', 'linux/tty.h', 'linux/pci.h', 'linux/netdevice.h', 'net/sock.h'];

function foundationsOf(tree: HeaderTree, names: readonly string[]): readonly string[] {
  return tree.kind === 'kernel' ? foundations.filter((name) => names.includes(name)) : [];
}

/** Those of another byte order and of other compilers, which nobody here includes. */
const alternative = /\/byteorder\/|^linux\/compiler-/;

interface Outline {
  /** No guard: made to be included by another header, once or often, with macros around it. */
  readonly template: boolean;
  /** What it includes under a condition. */
  readonly conditional: readonly string[];
  readonly always: readonly string[];
}

function outline(tree: HeaderTree, name: string): Outline {
  const path = tree.config.system.map((folder) => `${folder}/${name}`).find((file) => tree.files.isFile(file));
  const text = path === undefined ? '' : (tree.files.read(path) ?? '');
  const template = text !== '' && !/^\s*#\s*(?:ifndef\b|if\s*!\s*defined\b|pragma\s+once\b)/.test(text.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, ''));
  const conditional: string[] = [];
  const always: string[] = [];
  // The guard is no condition.
  let depth = template || /^\s*#\s*pragma\s+once\b/m.test(text) ? 0 : -1;
  for (const [, word, target] of text.matchAll(/^[ \t]*#[ \t]*(if|endif|include[ \t]*[<"]([^>"\n]+))/gm)) {
    if (word === 'if') depth++;
    else if (word === 'endif') depth--;
    else if (target !== undefined) (depth > 0 ? conditional : always).push(target, `${name.slice(0, name.lastIndexOf('/') + 1)}${target}`);
  }
  return { template, conditional, always };
}
