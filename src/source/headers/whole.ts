// A whole tree read as one text: every header behind those that most of them stand on, each read once because its guard says so.
import type { HeaderFacts } from './facts.ts';
import { readHeaders } from './headers.ts';
import { headerNames } from './tree/list.ts';
import type { HeaderTree } from './tree/tree.ts';

export function readTree(tree: HeaderTree, folders?: readonly string[]): HeaderFacts {
  const names = order(tree, headerNames(tree, folders));
  return readHeaders({ files: tree.files, config: tree.config, main: { name: tree.path, text: names.map((name) => `#include <${name}>\n`).join('') } });
}

/** The headers of a tree in the order in which one text can have most of them. */
export function order(tree: HeaderTree, names: readonly string[]): readonly string[] {
  const all = new Set(names);
  const first = tree.kind === 'kernel' ? foundations.filter((name) => all.has(name)) : [];
  const templates = names.filter((name) => isTemplate(tree, name));
  const late = new Set([...first, ...templates]);
  return [...first, ...names.filter((name) => !late.has(name)), ...templates];
}

/** Much of the kernel is written as if these were there. */
const foundations = ['linux/kernel.h', 'linux/module.h', 'linux/sched.h', 'linux/fs.h', 'linux/mm.h', 'linux/tty.h', 'linux/pci.h', 'linux/netdevice.h', 'net/sock.h'];

/** No guard: made to be included by another header, once or often, with macros around it. */
function isTemplate(tree: HeaderTree, name: string): boolean {
  const path = tree.config.system.map((folder) => `${folder}/${name}`).find((file) => tree.files.isFile(file));
  const text = path === undefined ? undefined : tree.files.read(path);
  if (text === undefined) return false;
  const bare = text.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
  return !/^\s*#\s*(?:ifndef\b|if\s*!\s*defined\b|pragma\s+once\b)/.test(bare);
}
