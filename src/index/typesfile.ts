// A file with vmlinux's types, opened once, and only if something is wanted of it.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { FormatError } from '../base/errors.ts';
import { parseBtf } from '../source/btf/btf.ts';
import type { Part } from '../source/image/parts.ts';
import type { ImageMemory } from '../source/image/memory.ts';
import { kernelOfFile, type KernelIdentity } from './identity.ts';
import type { LoadedTypes } from './kernelindex.ts';

export class TypesFile {
  #opened: Promise<OpenedTypes> | undefined;

  /**
   * @param release as the path says it
   * @param stamp size and time of the file
   */
  constructor(
    readonly part: Part & { readonly kind: 'vmlinux' | 'btf' },
    readonly release: string | null,
    readonly stamp: string | null,
  ) {}

  /** Throws FormatError: broken, or without BTF. */
  open(): Promise<OpenedTypes> {
    this.#opened ??= this.#read();
    return this.#opened;
  }

  /** Gives the memory back: an image takes a hundred megabytes, and a fleet has hundreds. Opening reads it again. */
  close(): void {
    this.#opened = undefined;
  }

  async #read(): Promise<OpenedTypes> {
    const { part } = this;
    const image = part.kind === 'vmlinux' ? await part.load() : { btf: await part.load(), buildId: null, arch: null, release: null, memory: undefined };
    if (image.btf === undefined) throw new FormatError(part.path, 0, 'the image has no BTF (its kernel was built without CONFIG_DEBUG_INFO_BTF)');
    const release = image.release ?? this.release;
    const name = release ?? kernelOfFile(basename(part.path), undefined, undefined).name;
    const hash = createHash('sha256').update(image.btf).digest('hex');
    const btf = parseBtf(part.path, image.btf);
    return { identity: { name, arch: image.arch, buildId: image.buildId, release }, btf, bytes: image.btf, hash, memory: image.memory };
  }
}

export interface OpenedTypes extends LoadedTypes {
  readonly identity: KernelIdentity;
  /** The image's data; undefined for raw BTF. */
  readonly memory: ImageMemory | undefined;
}
