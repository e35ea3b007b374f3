// A small kernel made up for tests: BTF, symbols, tracefs in a folder, read into a catalog the way a real one is.
import { join } from 'node:path';
import { arches, type Arch } from '../../src/base/arch.ts';
import { kernelFsAt } from '../../src/base/kernelfs.ts';
import { probedKernel } from '../../src/catalog/catalog.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { ingestKernel } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { BtfWriter } from './btfwriter.ts';
import { writeTree } from './scratch.ts';

export interface FakeKernel {
  /** Writes the BTF of vmlinux. */
  readonly types: (btf: BtfWriter) => void;
  /** Names in kallsyms, `name\t[module]` for those of a module. */
  readonly symbols?: readonly string[];
  /** available_filter_functions; without it the file is not there. */
  readonly traceable?: readonly string[];
  /** `system:name` → lines of the format file: `int x;\toffset:8;\tsize:4;\tsigned:1`. */
  readonly events?: Readonly<Record<string, readonly string[]>>;
  /** What `uname -r` says. */
  readonly release?: string;
  /** The catalog's file, where it is to hold several kernels. */
  readonly catalog?: string;
}

/** @param folder an empty one */
export async function fakeKernel(folder: string, kernel: FakeKernel, arch: Arch = arches.x86_64): Promise<ProbedKernel> {
  const btf = new BtfWriter();
  kernel.types(btf);
  writeTree(folder, {
    'sys/kernel/btf/vmlinux': btf.bytes(),
    'proc/sys/kernel/osrelease': `${kernel.release ?? '6.1.0-test'}\n`,
    'proc/sys/kernel/arch': 'x86_64\n',
    ...(kernel.symbols === undefined ? {} : { 'proc/kallsyms': kernel.symbols.map((name) => `ffffffff81000000 t ${name}\n`).join('') }),
    ...tracefsFiles(kernel),
  });
  const path = kernel.catalog ?? join(folder, 'catalog.db');
  await ingestKernel(kernelFsAt(folder), { path });
  const catalog = openCatalog(path);
  if (!catalog) throw new Error('no catalog');
  return probedKernel(catalog.image(), arch, (module) => catalog.image({ module }));
}

function tracefsFiles({ events = {}, traceable }: FakeKernel): Record<string, string> {
  const root = 'sys/kernel/tracing';
  const files: Record<string, string> = { [`${root}/available_events`]: Object.keys(events).map((name) => `${name}\n`).join('') };
  if (traceable) files[`${root}/available_filter_functions`] = traceable.map((name) => `${name}\n`).join('');
  for (const [name, fields] of Object.entries(events)) files[`${root}/events/${name.replace(':', '/')}/format`] = formatFile(name, fields);
  return files;
}

const commonFields = [
  'unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0', 'unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0',
  'unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0', 'int common_pid;\toffset:4;\tsize:4;\tsigned:1',
];

function formatFile(name: string, fields: readonly string[]): string {
  const lines = (each: readonly string[]) => each.map((field) => `\tfield:${field};\n`).join('');
  return `name: ${name.split(':')[1]}\nID: 1\nformat:\n${lines(commonFields)}\n${lines(fields)}\nprint fmt: ""\n`;
}
