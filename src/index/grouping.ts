// Which kernel each source is of: its own vmlinux's, else by the release in its paths, else by what its modules say, else the only one there is.
import { UsageError } from '../base/errors.ts';
import { readModuleFile } from '../source/btf/module.ts';
import { lookAt } from '../source/image/files.ts';
import type { Part } from '../source/image/parts.ts';
import { worldSaidNo } from './failures.ts';
import { TypesFile } from './typesfile.ts';

export type PartOf<K extends Part['kind']> = Part & { readonly kind: K };

/** What is at hand of one kernel. */
export interface KernelParts {
  /** undefined: the catalog may have it. */
  readonly types: TypesFile | undefined;
  /** `uname -r` as paths or modules say it; null where none does. */
  readonly release: string | null;
  readonly modules: readonly ModuleParts[];
  readonly symbols: readonly PartOf<'symbols'>[];
  readonly tracefs: readonly PartOf<'tracefs'>[];
}

/** The modules of one source: of an archive they come one after the other, and are held no longer than they are looked at. */
export interface ModuleParts {
  readonly source: string;
  /** undefined where only reading on tells. */
  readonly count: number | undefined;
  /** What stands between or behind the modules and is none. */
  readonly late: Part[];
  parts(): AsyncGenerator<PartOf<'module'>>;
}

export interface Grouped {
  readonly kernels: readonly KernelParts[];
  readonly failed: readonly { readonly source: string; readonly error: Error }[];
}

/**
 * @param open the parts of a source, vmlinux before modules
 * A source that cannot be read is a failure; the others are grouped.
 */
export async function groupSources(sources: readonly string[], open: (path: string) => AsyncGenerator<Part>): Promise<Grouped> {
  const grouping = new Grouping();
  for (const source of sources) await grouping.guarded(source, async () => { await grouping.add(source, open(source)); });
  await grouping.settle();
  return { kernels: grouping.groups, failed: grouping.failed };
}

interface Group extends KernelParts {
  readonly types: TypesFile | undefined;
  release: string | null;
  readonly modules: ModuleParts[];
  readonly symbols: PartOf<'symbols'>[];
  readonly tracefs: PartOf<'tracefs'>[];
}

/** A source's parts that are no vmlinux. */
interface Rest {
  readonly source: string;
  /** Of the vmlinux in the same source, if there is one only. */
  readonly own: Group | undefined;
  readonly modules: ModuleParts | undefined;
  readonly first: PartOf<'module'> | undefined;
  readonly others: readonly (PartOf<'symbols'> | PartOf<'tracefs'>)[];
}

class Grouping {
  readonly groups: Group[] = [];
  readonly failed: { source: string; error: Error }[] = [];
  readonly #rests: Rest[] = [];

  async guarded(source: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failed.push({ source, error: worldSaidNo(error) });
    }
  }

  async add(source: string, parts: AsyncGenerator<Part>): Promise<void> {
    const own: Group[] = [];
    const others: (PartOf<'symbols'> | PartOf<'tracefs'>)[] = [];
    let first: PartOf<'module'> | undefined;
    for (let next = await parts.next(); next.done !== true; next = await parts.next()) {
      const part = next.value;
      if (part.kind === 'vmlinux' || part.kind === 'btf') own.push(this.#types(new TypesFile(part, releaseIn(part.path), stampOf(part.path, source))));
      else if (part.kind === 'module') {
        first = part;
        break;
      } else others.push(part);
    }
    const modules = first === undefined ? undefined : await moduleParts(source, first, parts);
    if (first !== undefined || others.length > 0) this.#rests.push({ source, own: own.length === 1 ? own[0] : undefined, modules, first, others });
  }

  /** When all kernels are known, what is not vmlinux finds its own. */
  async settle(): Promise<void> {
    for (const rest of this.#rests) {
      await this.guarded(rest.source, async () => {
        const group = rest.own ?? (await this.#home(rest));
        if (rest.modules !== undefined) group.modules.push(rest.modules);
        for (const part of rest.others) {
          if (part.kind === 'symbols') group.symbols.push(part);
          else group.tracefs.push(part);
        }
      });
    }
  }

  /** Two files of which neither says its release are two kernels; of an image and raw BTF of one release the image tells more. */
  #types(file: TypesFile): Group {
    const { release } = file;
    const known = release === null ? undefined : this.groups.find((group) => group.release === release);
    if (known?.types !== undefined && (known.types.part.kind === 'vmlinux' || file.part.kind === 'btf')) return known;
    const made: Group = { types: file, release, modules: [], symbols: [], tracefs: [] };
    if (known === undefined) this.groups.push(made);
    else this.groups.splice(this.groups.indexOf(known), 1, made);
    return made;
  }

  async #home({ source, first, others }: Rest): Promise<Group> {
    const named = first === undefined ? others.map((part) => releaseIn(part.path)).find((release) => release !== null) : releaseIn(first.path);
    const release = named ?? (first === undefined ? null : readModuleFile(first.path, await first.load()).release);
    if (release !== null) return (await this.#withRelease(release)) ?? this.#unknown(release);
    const [only, ...more] = this.groups;
    if (only !== undefined && more.length === 0) return only;
    if (only === undefined) return this.#unknown(null);
    throw new UsageError(`${source}: does not say of which of ${this.groups.length} kernels it is`, 'btfly index it together with its vmlinux alone');
  }

  /** Kernels whose paths do not say their release are opened. */
  async #withRelease(release: string): Promise<Group | undefined> {
    for (const group of this.groups) {
      if (group.release === null && group.types !== undefined) group.release = (await group.types.open()).identity.release;
      if (group.release === release) return group;
      group.types?.close();
    }
    const [only, ...more] = this.groups;
    return more.length === 0 && only?.release === null ? only : undefined;
  }

  #unknown(release: string | null): Group {
    const made: Group = { types: undefined, release, modules: [], symbols: [], tracefs: [] };
    this.groups.push(made);
    return made;
  }
}

/** Those of a folder are counted: nothing is read for that. */
async function moduleParts(source: string, first: PartOf<'module'>, rest: AsyncGenerator<Part>): Promise<ModuleParts> {
  const late: Part[] = [];
  const following = async function* (): AsyncGenerator<PartOf<'module'>> {
    yield first;
    for await (const part of rest) {
      if (part.kind === 'module') yield part;
      else late.push(part);
    }
  };
  if (lookAt(source)?.isDirectory() !== true) return { source, count: undefined, late, parts: following };
  const all: PartOf<'module'>[] = [];
  for await (const part of following()) all.push(part);
  return { source, count: all.length, late, parts: async function* (): AsyncGenerator<PartOf<'module'>> { yield* all; } };
}

/** The release of a kernel in the path of one of its files: `/lib/modules/6.1.0-56-amd64/…`, `/boot/vmlinuz-6.1.0-56-amd64`. */
export function releaseIn(path: string): string | null {
  const found = /(?:^|[/ ])(?:lib\/modules\/([^/]+)\/|(?:vmlinu[xz]|System\.map|Image|kallsyms)-(\d[^/]*)$)/.exec(path);
  return found?.[1] ?? found?.[2]?.replace(/\.btf$/, '') ?? null;
}

/** Size and time of a file; of what lies in an archive, the archive's. Null for what the kernel makes up when it is read. */
export function stampOf(path: string, source: string): string | null {
  const found = [path, source].map(lookAt).find((each) => each?.isFile() === true);
  return found === undefined || /^\/(?:sys|proc)\//.test(path) ? null : `${found.size}:${found.mtimeMs}`;
}
