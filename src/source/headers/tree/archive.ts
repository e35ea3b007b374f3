// Headers in a tar: /sys/kernel/kheaders.tar.xz (kernel/gen_kheaders.sh) and whatever is packed like it.
import { readFileSync } from 'node:fs';
import { FormatError } from '../../../base/errors.ts';
import { ByteStream } from '../../image/stream.ts';
import { tarEntries } from '../../image/tar.ts';
import { unpackStream } from '../../image/unpack.ts';
import { disk, memoryFiles, type TreeFiles } from './folder.ts';

/** Headers and makefiles of an archive, their paths behind the archive's own. Throws FormatError. */
export async function archiveFiles(path: string): Promise<TreeFiles> {
  const { source, content } = await unpackStream(new ByteStream(path, [readFileSync(path)]));
  if (content !== 'tar') throw new FormatError(path, 0, 'not a tar with headers');
  const texts = new Map<string, string>();
  let left = maxSize;
  for await (const entry of tarEntries(source)) {
    if (!/\.h$|(?:^|\/)(?:Makefile|\.config)$/.test(entry.path)) continue;
    left -= entry.size;
    if (left < 0) throw new FormatError(path, 0, `more than ${maxSize} bytes of headers`);
    const pieces: Uint8Array[] = [];
    for await (const piece of entry.bytes.pieces()) pieces.push(piece.slice());
    texts.set(`${path}/${entry.path}`, Buffer.concat(pieces).toString('latin1'));
  }
  if (texts.size === 0) throw new FormatError(path, 0, 'a tar without headers');
  return memoryFiles(texts, disk.stamp(path) ?? '');
}

/** All architectures of a kernel have 90 MB of headers. */
const maxSize = 2 ** 28;
