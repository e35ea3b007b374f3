// The images of one kernel as they are seen from one of them: which definition a name means there.
import { UsageError } from '../base/errors.ts';
import type { ImageInfo, KernelInfo } from './reader.ts';

export interface Scope {
  readonly id: number;
  readonly name: string;
  /** A module's vmlinux. */
  readonly base: Scope | undefined;
}

export class Sight {
  /** By image row. */
  readonly scopes: ReadonlyMap<number, Scope>;
  /** The module that was asked for, then vmlinux. */
  readonly near: readonly Scope[];

  /** Throws UsageError when the kernel has no such module. */
  constructor(
    readonly kernel: KernelInfo,
    bases: ReadonlyMap<number, number>,
    module: string | undefined,
  ) {
    const scopes = new Map<number, Scope>();
    const byId = new Map(kernel.images.map((image) => [image.id, image]));
    const scope = (image: ImageInfo): Scope => {
      const known = scopes.get(image.id);
      if (known !== undefined) return known;
      const base = byId.get(bases.get(image.id) ?? -1);
      const made: Scope = { id: image.id, name: image.name, base: base && scope(base) };
      scopes.set(image.id, made);
      return made;
    };
    for (const image of kernel.images) scope(image);
    this.scopes = scopes;
    const all = [...scopes.values()];
    const wanted = module === undefined || module === 'vmlinux' ? undefined : all.find((each) => each.name === normal(module));
    if (wanted === undefined && module !== undefined && module !== 'vmlinux') throw new UsageError(`${kernel.name}: module ${module} is not in the catalog`);
    this.near = [...(wanted ? [wanted] : []), ...all.filter((each) => each.base === undefined)];
  }

  /** The rows that count: those of the first near image that has any and of those behind it; else all, in order of image name. */
  order<T>(rows: readonly T[], imageOf: (row: T) => number): readonly T[] {
    if (this.scopes.size === 1) return rows;
    const rank = new Map(this.near.map((scope, index) => [scope.id, index]));
    const near = rows.filter((row) => rank.has(imageOf(row)));
    const name = (row: T): string => this.scopes.get(imageOf(row))?.name ?? '';
    if (near.length > 0) return near.sort((a, b) => (rank.get(imageOf(a)) ?? 0) - (rank.get(imageOf(b)) ?? 0));
    return [...rows].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));
  }
}

/** Modules are spelled with `-` in file names and with `_` in the kernel. */
function normal(module: string): string {
  return module.replaceAll('-', '_');
}
