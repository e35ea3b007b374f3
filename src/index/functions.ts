// Functions of one kernel by name: what BTF types, what the symbol table has, what ftrace lists, put together.
import { cloneOf } from '../source/ksyms/ksyms.ts';
import { kindNumber } from './kinds.ts';
import type { FunctionEntry, SourceKind } from './reader.ts';
import { headersImage, type Sight } from './sight.ts';
import { globPrefix, prefixEnd, type Statements } from './statements.ts';
import { Symbols } from './symbols.ts';

export class FunctionList {
  readonly #symbols: Symbols;

  constructor(
    readonly statements: Statements,
    readonly sight: Sight,
  ) {
    this.#symbols = new Symbols(statements, sight.kernel.id);
  }

  /** Sorted by name, then image. */
  match(glob: string): readonly FunctionEntry[] {
    const entries = new Map<string, FunctionEntry>();
    const known = { kallsyms: this.#imagesWith('kallsyms'), functions: this.#imagesWith('functions') };
    for (const [name, image] of this.#typed(glob)) {
      const key = `${name} ${image}`;
      entries.set(key, {
        name, image: this.#name(image), typed: true, cloneOf: cloneOf(name),
        present: known.kallsyms.has(image) || undefined, traceable: known.functions.has(image) || undefined,
        ...(entries.has(key) ? { several: true } : {}),
      });
    }
    const prototypes = this.#prototypes(glob, known.kallsyms.size > 0);
    for (const [name, image] of prototypes.alone) {
      entries.set(`${name} ${image}`, { name, image: this.#name(image), typed: true, cloneOf: null, present: undefined, traceable: undefined });
    }
    for (const [name, image, present, traceable] of this.#symbols.match(glob)) {
      const key = `${name} ${image}`;
      const before = entries.get(key);
      if (before === undefined && present !== 1 && traceable !== 1) continue;
      entries.set(key, {
        name, image: this.#name(image), typed: before !== undefined || prototypes.names.has(name), cloneOf: cloneOf(name),
        present: present === null ? before?.present : present === 1, traceable: traceable === null ? before?.traceable : traceable === 1,
        ...(before?.several === true ? { several: true } : {}),
      });
    }
    return [...entries.values()].sort((a, b) => compare(a.name, b.name) || compare(a.image, b.image));
  }

  #typed(glob: string): readonly (readonly [string, number])[] {
    const prefix = globPrefix(glob);
    return this.statements.all<readonly [string, number]>(
      `SELECT d.name, x.image FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id
       WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND d.name GLOB ? AND x.image <> ?`,
      this.sight.kernel.id, kindNumber.function, prefix, prefixEnd(prefix), glob, this.#headers ?? 0,
    );
  }

  /** The image of headers, where they are the kernel's only types: prototypes are no functions, but tell of those that symbols name. */
  get #headers(): number | undefined {
    return this.sight.scopes.named(headersImage)?.id;
  }

  /** `alone`: where no symbol table was read, a name without wildcards is believed. */
  #prototypes(glob: string, symbols: boolean): { readonly names: ReadonlySet<string>; readonly alone: readonly (readonly [string, number])[] } {
    const headers = this.#headers;
    const vmlinux = this.sight.scopes.named('vmlinux');
    if (headers === undefined || vmlinux === undefined || this.sight.keyOf(headers) !== this.sight.kernel.id) return { names: new Set(), alone: [] };
    const prefix = globPrefix(glob);
    const names = this.statements.all<readonly [string]>(
      `SELECT DISTINCT d.name FROM definition d CROSS JOIN image_definition x ON x.kernel = ? AND x.definition = d.id AND x.image = ?
       WHERE d.kind = ? AND d.name >= ? AND d.name < ? AND d.name GLOB ?`,
      this.sight.kernel.id, headers, kindNumber.function, prefix, prefixEnd(prefix), glob,
    ).map(([name]) => name);
    return { names: new Set(names), alone: symbols || prefix !== glob ? [] : names.map((name) => [name, vmlinux.id]) };
  }

  #imagesWith(kind: SourceKind): ReadonlySet<number> {
    const rows = this.statements.all<readonly [number]>('SELECT s.image FROM image i JOIN source s ON s.image = i.id AND s.kind = ? WHERE i.kernel = ?', kind, this.sight.kernel.id);
    return new Set(rows.map(([image]) => image));
  }

  #name(image: number): string {
    return this.sight.scopes.get(image)?.name ?? '';
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
