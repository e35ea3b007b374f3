// Archives: a Debian package, a tar file, packed or not; BTFHub's are tar files with one BTF in each. Read as a stream: only what is a part is held.
import { FormatError } from '../../base/errors.ts';
import { debianData } from './ar.ts';
import { fileStream } from './files.ts';
import { isModuleName, modulePart, partOf, type Part } from './part.ts';
import { ByteStream, collect } from './stream.ts';
import { sniff, sniffSize } from './sniff.ts';
import { tarEntries, type TarEntry } from './tar.ts';
import { isPacked, maxSize, unpackStream } from './unpack.ts';

/**
 * vmlinux before modules: where the archive has them the other way round, it is read a second time. A package without vmlinux gives modules alone.
 * Throws FormatError.
 */
export async function* archiveParts(path: string): AsyncGenerator<Part> {
  let base = false;
  let early = 0;
  const unlessEarly = (entry: TarEntry): boolean => {
    if (base || !isModuleName(entry.path)) return true;
    early++;
    return false;
  };
  for await (const part of entryParts(path, unlessEarly)) {
    base ||= part.kind === 'vmlinux' || part.kind === 'btf';
    yield part;
  }
  if (early > 0) yield* entryParts(path, (entry) => isModuleName(entry.path) && early-- > 0);
}

/** Parts among the wanted entries, their bytes with them. */
async function* entryParts(path: string, wanted: (entry: TarEntry) => boolean): AsyncGenerator<Part> {
  const file = fileStream(path);
  try {
    for await (const entry of tarEntries(await tarOf(file))) {
      if (!wanted(entry)) continue;
      const part = await entryPart(`${path}: ${entry.path}`, entry);
      if (part !== undefined) yield part;
    }
  } finally {
    await file.close();
  }
}

async function tarOf(file: ByteStream): Promise<ByteStream> {
  const isPackage = sniff(await file.peek(sniffSize)) === 'ar';
  const { source, content } = await unpackStream(isPackage ? new ByteStream(file.what, await debianData(file)) : file);
  if (content !== 'tar') throw new FormatError(file.what, 0, `the ${isPackage ? 'package' : 'archive'} has no tar file in it, but ${content === 'unknown' ? 'something that is not known' : content}`);
  return source;
}

/** Files are told apart by their first bytes; of those that are no parts nothing else is read. */
async function entryPart(path: string, entry: TarEntry): Promise<Part | undefined> {
  const head = (await entry.bytes.peek(sniffSize)).slice();
  const content = sniff(head);
  if (content === 'unknown' && !isModuleName(entry.path)) return undefined;
  let held: Promise<Uint8Array> | undefined;
  const read = (): Promise<Uint8Array> => (held ??= collect(path, entry.bytes.pieces(), maxSize));
  if (isPacked(content) && !isModuleName(entry.path) && entry.size > maxLook) return undefined;
  if (isPacked(content) && isModuleName(entry.path)) {
    await read();
    return modulePart(path, read);
  }
  const bytes = await read();
  const { content: inside, source } = await unpackStream(new ByteStream(path, [bytes]));
  return (await partOf(path, inside, source, read)) ?? (isModuleName(entry.path) ? modulePart(path, read) : undefined);
}

/** Packed things that may be a kernel: an Image.gz, a System.map.gz. */
const maxLook = 2 ** 28;
