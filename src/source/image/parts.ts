// What a source that a user names consists of: a file, a package, a folder of an installed kernel, a tracefs tree. What a thing is, its bytes say;
// names only say which files of a folder or a package are looked at.
import { readFileSync, statSync, type Stats } from 'node:fs';
import { cannotRead, FormatError, UsageError } from '../../base/errors.ts';
import { archiveParts } from './archive.ts';
import { fileStream, readHead } from './files.ts';
import { folderParts } from './folder.ts';
import { partOf, type Part } from './part.ts';
import { sniff, sniffSize } from './sniff.ts';
import { unpackStream } from './unpack.ts';

export type { Part } from './part.ts';

/**
 * The parts of a source, vmlinux before the modules. Nothing is loaded before it is asked for, but what an archive holds, which is there with its part.
 * Throws UsageError: there is no such file, or no part in it; FormatError: an archive that breaks its rules.
 */
export async function* partsOf(path: string): AsyncGenerator<Part> {
  let found = false;
  for await (const part of sourceParts(path)) {
    found = true;
    yield part;
  }
  if (!found) throw new UsageError(`'${path}' has nothing of a kernel: no image, no modules, no BTF, no symbols, no tracefs`);
}

async function* sourceParts(path: string): AsyncGenerator<Part> {
  const found = stat(path);
  if (found.isDirectory()) yield* folderParts(path);
  else if (found.isFile()) yield* fileParts(path);
  // To open a pipe is to wait for somebody who writes; a device never ends.
  else throw new UsageError(`'${path}' is neither a file nor a folder`);
}

function stat(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw cannotRead(path, error);
  }
}

async function* fileParts(path: string): AsyncGenerator<Part> {
  if (sniff(readHead(path, sniffSize)) === 'ar') {
    yield* archiveParts(path);
    return;
  }
  const file = fileStream(path);
  try {
    const { content, source } = await unpackStream(file);
    if (content === 'tar') {
      yield* archiveParts(path);
      return;
    }
    const part = await partOf(path, content, source, () => Promise.resolve(readFileSync(path)));
    if (part === undefined) throw new FormatError(path, 0, 'nothing of a kernel: neither BTF, ELF, a kernel image, a package, an archive nor a symbol table');
    yield part;
  } finally {
    await file.close();
  }
}
