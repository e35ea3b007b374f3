// The straight order of rooms: an import may only go down it. Type-only imports count too.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../src');

const rooms = ['base', 'ctype', 'bpf', 'sys', 'source', 'index', 'resolve', 'catalog', 'compile', 'runtime', 'app', 'cli'];

/** Order inside rooms that have one; files directly in the room stand above its folders. */
const inside: Readonly<Record<string, readonly string[]>> = {
  source: ['elf', 'image', 'btf', 'headers', 'ksyms', 'tracefs'],
  compile: ['lang', 'ir', 'opt', 'codegen', 'sema', 'lower', 'builtin'],
};

/** compile is pure, and the two halves meet only at bpf/spec.ts. */
const forbidden: readonly { readonly from: string; readonly to: readonly string[]; readonly why: string }[] = [
  { from: 'compile', to: ['sys', 'source', 'index', 'resolve', 'catalog'], why: 'the compiler sees facts only through ctype interfaces' },
  { from: 'runtime', to: ['compile', 'catalog', 'resolve', 'index'], why: 'the runtime runs a Spec, whoever made it' },
];

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

const imports = files.flatMap((file): Import[] =>
  [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s[^'"`();=]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm)].map((match) => ({ file, target: match[1] ?? match[2] ?? match[3] ?? '' })),
);

const internal = imports
  .filter(({ target }) => target.startsWith('.'))
  .map(({ file, target }) => ({ from: relative(root, file), to: relative(root, resolve(dirname(file), target)) }))
  .filter(({ to }) => !to.startsWith('..'));

test('there are files to check', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(internal.length).toBeGreaterThan(100);
});

test('every room is in the order', () => {
  const known = new Set(rooms);
  expect(files.map((file) => relative(root, file).split('/')[0] ?? '').filter((room) => !known.has(room))).toEqual([]);
});

test('imports between rooms go down', () => {
  const wrong = internal.filter(({ from, to }) => rooms.indexOf(roomOf(to)) > rooms.indexOf(roomOf(from)));
  expect(wrong).toEqual([]);
});

describe('imports inside rooms go down', () => {
  test.each(Object.entries(inside))('%s', (room, order) => {
    const level = (path: string): number => {
      const [, folder, rest] = path.split('/');
      return rest === undefined ? order.length : order.indexOf(folder ?? '');
    };
    const within = internal.filter(({ from, to }) => roomOf(from) === room && roomOf(to) === room);
    expect(within.filter(({ from, to }) => !isContract(to) && level(to) > level(from))).toEqual([]);
  });
});

test.each(forbidden)('$from never imports $to: $why', ({ from, to }) => {
  expect(internal.filter((edge) => roomOf(edge.from) === from && to.includes(roomOf(edge.to)))).toEqual([]);
});

test('the compiler touches no node module and no package', () => {
  const inCompiler = imports.filter(({ file }) => ['base', 'ctype', 'bpf', 'compile'].includes(roomOf(relative(root, file))));
  const outside = inCompiler.filter(({ file, target }) => !target.startsWith('.') && relative(root, file) !== 'base/kernelfs.ts');
  expect(outside.map(({ file, target }) => `${relative(root, file)} → ${target}`)).toEqual([]);
});

test('only sys loads the addon, only index opens SQLite, only source/elf/elf.ts knows elfy', () => {
  const users = (pattern: RegExp): string[] =>
    [...new Set(imports.filter(({ target }) => pattern.test(target)).map(({ file }) => relative(root, file)))].sort();
  expect(users(/better-sqlite3/).every((file) => file.startsWith('index/'))).toBe(true);
  expect(users(/^elfy$/)).toEqual(['source/elf/elf.ts']);
  expect(users(/\.node$/)).toEqual([]);
});

function roomOf(path: string): string {
  return path.split('/')[0] ?? '';
}

/** Files of a room's top that its folders may know: they describe what goes in and out, and import nothing above. */
function isContract(path: string): boolean {
  return path === 'compile/input.ts';
}
