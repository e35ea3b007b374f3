// Types of real BTF through the catalog: the running kernel's, or those of a C file that the tools of this machine compile.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { runningBtf } from './kernels.ts';

export const runningBtfPath = '/sys/kernel/btf/vmlinux';

/** Whether a program is on this machine. */
export function installed(...programs: readonly string[]): boolean {
  return programs.every((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0);
}

/** Types of the running kernel, in a catalog in `folder`. */
export async function runningTypes(folder: string): Promise<ImageTypes> {
  const bytes = runningBtf();
  if (bytes === undefined) throw new Error('the running kernel has no BTF');
  return await typesOf(folder, runningBtfPath, bytes);
}

/** BTF of a C file, made by gcc and pahole; the path of the BTF and its types. */
export async function compiledTypes(folder: string, source: string): Promise<{ btf: string; types: ImageTypes }> {
  const object = join(folder, 'compiled.o');
  const btf = join(folder, 'compiled.btf');
  run('gcc', ['-g', '-O0', '-w', '-c', source, '-o', object]);
  run('pahole', [`--btf_encode_detached=${btf}`, object]);
  return { btf, types: await typesOf(folder, btf, readFileSync(btf)) };
}

/** Standard output of a program; what it says on standard error is dropped unless it fails. */
export function run(program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'latin1', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

let catalogs = 0;

/** Types of a BTF file, in a catalog in `folder`. */
export async function typesOf(folder: string, path: string, bytes: Uint8Array): Promise<ImageTypes> {
  const catalog = join(folder, `types-${catalogs++}.db`);
  await ingestFile(path, bytes, { path: catalog });
  const opened = openCatalog(catalog);
  if (!opened) throw new Error(`${catalog}: no catalog`);
  return opened.image();
}
