// The images of one kernel as they are seen from one of them: which definition a name means there.
import { UsageError } from '../base/errors.ts';
import type { KernelInfo } from './reader.ts';
import type { Statements } from './statements.ts';

export interface Scope {
  readonly id: number;
  readonly name: string;
  /** A module's vmlinux. */
  readonly base: Scope | undefined;
}

/** The image that holds what the kernel's headers say. */
export const headersImage = 'headers';

export class Sight {
  /** By image row. */
  readonly scopes: Scopes;
  /** The module that was asked for, then vmlinux. */
  readonly near: readonly Scope[];

  /** Throws UsageError when the kernel has no such module. */
  constructor(
    readonly kernel: KernelInfo,
    readonly statements: Statements,
    module: string | undefined,
  ) {
    this.scopes = new Scopes(kernel.id, statements);
    const wanted = module === undefined || module === 'vmlinux' ? undefined : normal(module);
    const found = wanted === undefined ? undefined : this.scopes.named(wanted);
    if (wanted === headersImage && found === undefined) throw new UsageError(`${kernel.name}: its headers are not in the catalog`, 'btfly index --headers DIR');
    if (wanted !== undefined && found === undefined) throw new UsageError(`${kernel.name}: module ${wanted} is not in the catalog`);
    const vmlinux = this.scopes.named('vmlinux');
    this.near = [...(found ? [found] : []), ...(vmlinux ? [vmlinux] : [])];
  }

  #apart: number | undefined;

  /** The number under which blocks of an image are kept: the kernel's, with a minus for headers where the kernel has BTF (headers.ts). */
  keyOf(image: number): number {
    return image === this.#headersApart() ? -this.kernel.id : this.kernel.id;
  }

  /** The first answer that has something, of the kernel's images first, then of its headers; the other way round where headers are asked. */
  first<T>(ask: (key: number) => readonly T[]): readonly T[] {
    const own = this.kernel.id;
    const headersFirst = this.near[0]?.name === headersImage && this.near[0].id === this.#headersApart();
    const found = ask(headersFirst ? -own : own);
    if (found.length > 0 || this.#headersApart() === 0) return found;
    return ask(headersFirst ? own : -own);
  }

  /** What headers that stand apart answer. */
  apart<T>(ask: (key: number) => readonly T[]): readonly T[] {
    return this.#headersApart() === 0 ? [] : ask(-this.kernel.id);
  }

  /** The image of headers where it stands apart, else 0. */
  #headersApart(): number {
    this.#apart ??= this.statements.get<readonly [number]>('SELECT image FROM image_block WHERE kernel = ? LIMIT 1', -this.kernel.id)?.[0] ?? 0;
    return this.#apart;
  }

  /**
   * The rows that count: those of near images, the nearest first; else those of other modules in order of their names, of equal definitions
   * the first (hundreds of modules have the same struct of a header).
   */
  order<T>(rows: readonly T[], imageOf: (row: T) => number, definitionOf?: (row: T) => number): readonly T[] {
    const [first] = this.near;
    if (first !== undefined && this.near.length === 1 && rows.every((row) => imageOf(row) === first.id)) return rows;
    const rank = new Map(this.near.map((scope, index) => [scope.id, index]));
    const near = rows.filter((row) => rank.has(imageOf(row)));
    const name = (row: T): string => this.scopes.get(imageOf(row))?.name ?? '';
    if (near.length > 0) return near.sort((a, b) => (rank.get(imageOf(a)) ?? 0) - (rank.get(imageOf(b)) ?? 0));
    const others = [...rows].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
    if (definitionOf === undefined) return others;
    const seen = new Map<number, number>();
    for (const row of others) if (!seen.has(definitionOf(row))) seen.set(definitionOf(row), imageOf(row));
    return others.filter((row) => seen.get(definitionOf(row)) === imageOf(row));
  }
}

/** The images of a kernel by row, read when they are met: a kernel may have four thousand. */
export class Scopes {
  readonly #known = new Map<number, Scope>();
  #all = false;

  constructor(
    readonly kernel: number,
    readonly statements: Statements,
  ) {}

  get(id: number): Scope | undefined {
    const known = this.#known.get(id);
    if (known !== undefined || this.#all) return known;
    return this.#add(this.statements.get<ScopeRow>('SELECT id, name, base FROM image WHERE id = ? AND kernel = ?', id, this.kernel));
  }

  named(name: string): Scope | undefined {
    return this.#add(this.statements.get<ScopeRow>('SELECT id, name, base FROM image WHERE kernel = ? AND name = ?', this.kernel, name));
  }

  /** Every image of the kernel. */
  values(): IterableIterator<Scope> {
    if (!this.#all) {
      const rows = this.statements.all<ScopeRow>('SELECT id, name, base FROM image WHERE kernel = ? ORDER BY id', this.kernel);
      for (const row of rows) this.#add(row);
      this.#all = true;
    }
    return this.#known.values();
  }

  #add(row: ScopeRow | undefined): Scope | undefined {
    if (row === undefined) return undefined;
    const [id, name, base] = row;
    const scope = this.#known.get(id) ?? { id, name, base: base === null ? undefined : this.get(base) };
    this.#known.set(id, scope);
    return scope;
  }
}

type ScopeRow = readonly [id: number, name: string, base: number | null];

/** Modules are spelled with `-` in file names and with `_` in the kernel. */
function normal(module: string): string {
  return module.replaceAll('-', '_');
}
