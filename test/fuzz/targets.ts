// What is fuzzed: each reader of bytes that come from outside, with samples that it reads and that the mutations start from.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { UsageError } from '../../src/base/errors.ts';
import { kernelFsAt, type KernelFs } from '../../src/base/kernelfs.ts';
import { collectFacts } from '../../src/index/facts.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { readModule } from '../../src/index/modulefacts.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { definitionJson } from '../../src/resolve/json.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { definitionText } from '../../src/resolve/text.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { readBtfFile } from '../../src/source/btf/file.ts';
import { parseElf } from '../../src/source/elf/elf.ts';
import { ImageMemory } from '../../src/source/image/memory.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { unpack } from '../../src/source/image/unpack.ts';
import { readVmlinux } from '../../src/source/image/vmlinux.ts';
import { readFunctionSymbols } from '../../src/source/ksyms/ksyms.ts';
import { parseEventFormat } from '../../src/source/tracefs/format.ts';
import { scanEvents } from '../../src/source/tracefs/scan.ts';
import { listEvents, readTraceableFunctions } from '../../src/source/tracefs/tracefs.ts';
import { BtfWriter, standardLayout } from '../help/btfwriter.ts';
import { cSamples, readDamaged } from './cdeclarations.ts';
import { address, eventMemory, eventTypes } from './events.ts';
import { headerSamples, readDamagedHeader } from './headertexts.ts';
import { arFile, brandedBtf, bzImage, elfFile, lz4Legacy, moduleInfo, packedBy, tarFile, zboot } from './samples.ts';

export interface Target {
  readonly name: string;
  /** Lines and numbers rather than bytes. */
  readonly text?: boolean;
  /** How many mutations `npm test` reads, and `npm run test:long`, where reading one is slow. */
  readonly few?: number;
  readonly many?: number;
  /** Peak memory that is allowed. */
  readonly megabytes?: number;
  /** Why it cannot run here, behind its name. */
  readonly missing?: string;
  open(): Opened;
}

export interface Opened {
  readonly samples: readonly Uint8Array[];
  readonly text?: boolean;
  read(bytes: Uint8Array): unknown;
}

const formats = [
  'name: e\nID: 1\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:char comm[TASK_COMM_LEN];\toffset:12;\tsize:16;\tsigned:0;\n\nprint fmt: "%s", __get_str(name)\n',
];

const symbols = ['ffffffff81000000 T _stext\n', 'ffffffff81000010 t walk.isra.0\t[module]\n', '0000000000000000 A fixed_percpu_data\n', 'c0201000 W weak\n'].map((line) => line.repeat(3));

export const targets: readonly Target[] = [
  { name: 'raw BTF', open: () => ({ samples: rawSamples(), read: (bytes) => collectFacts(parseBtf('fuzz', bytes)) }) },
  { name: 'split BTF', open: splitBtf },
  { name: 'split BTF on a damaged base', open: damagedBase },
  { name: 'BTF in ELF', open: () => ({ samples: elfSamples(), read: (bytes) => readBtfFile('fuzz', bytes) }) },
  { name: 'module', open: modules },
  { name: 'ELF', few: 1_000, open: () => ({ samples: [readFileSync('/bin/true'), ...elfSamples()], read: readElf }) },
  { name: 'catalog of damaged BTF', few: 100, many: 5_000, open: wholeCatalog },
  { name: 'packed bytes', open: packed },
  { name: 'kernel image', open: images },
  { name: 'package and archive', few: 1_000, open: archives },
  { name: 'events and system calls in an image', open: events },
  textTarget('declarations of C', cSamples, readDamaged),
  { ...textTarget('headers with directives', headerSamples, readDamagedHeader), few: 2_000 },
  textTarget('event format', formats, (text) => parseEventFormat('fuzz', text)),
  textTarget('kallsyms and System.map', symbols, readFunctionSymbols),
  textTarget('available_filter_functions', ['tcp_sendmsg\nnf_hook [nf_conntrack]\nwalk.isra.0\n__ftrace_invalid_address___12\n'], (text) => readTraceableFunctions(fsWith(text), '')),
  textTarget('available_events', ['sched:sched_switch\nspi-mem:op\n'], (text) => listEvents(fsWith(text), '')),
];

function rawSamples(): readonly Uint8Array[] {
  return [{ littleEndian: true }, { littleEndian: false }, { layout: standardLayout([4, 8]) }, { headerSize: 40 }].map((options) => brandedBtf(options).bytes());
}

function splitBtf(): Opened {
  const writer = brandedBtf({});
  const base = parseBtf('vmlinux', writer.bytes());
  const facts = collectFacts(base);
  return { samples: [brandedBtf({ base: writer }).bytes(), smallSplit(writer)], read: (bytes) => collectFacts(parseBtf('module', bytes, base), facts) };
}

function damagedBase(): Opened {
  const writer = brandedBtf({});
  const split = brandedBtf({ base: writer }).bytes();
  const read = (bytes: Uint8Array): unknown => {
    const base = parseBtf('vmlinux', bytes);
    return collectFacts(parseBtf('module', split, base), collectFacts(base));
  };
  return { samples: [writer.bytes()], read };
}

function smallSplit(base: BtfWriter): Uint8Array {
  const writer = new BtfWriter({ base });
  writer.ptr(1);
  writer.struct('m', 8, [{ name: 'x', type: 1, offset: 0 }]);
  return writer.bytes();
}

function elfSamples(): readonly Uint8Array[] {
  return [false, true].flatMap((wide) => [true, false].map((littleEndian) => elfFile({ wide, littleEndian, sections: { '.BTF': brandedBtf({ littleEndian }).bytes() } })));
}

/** With split BTF, and with a base of its own. */
function modules(): Opened {
  const kernel = brandedBtf({});
  const btf = parseBtf('vmlinux', kernel.bytes());
  const base = { btf, facts: collectFacts(btf), release: '6.1.0' };
  const distilled = new BtfWriter();
  distilled.int('int', 4, 1);
  distilled.type(4, 'node', 24);
  const own = new BtfWriter({ base: distilled });
  own.struct('mine', 32, [{ name: 'node', type: 2, offset: 0 }, { name: 'count', type: 1, offset: 192 }]);
  const samples = [
    elfFile({ sections: { '.modinfo': moduleInfo, '.BTF': smallSplit(kernel) } }),
    elfFile({ sections: { '.modinfo': moduleInfo, '.BTF': own.bytes(), '.BTF.base': distilled.bytes() } }),
    smallSplit(kernel),
  ];
  return { samples, read: (bytes) => readModule(base, 'fuzz.ko', bytes) };
}

function readElf(bytes: Uint8Array): void {
  const elf = parseElf('fuzz', bytes);
  for (const section of elf.sections) elf.contents(section);
  for (const name of ['.symtab', '.dynsym'] as const) elf.symbols(name);
  elf.buildId();
}

/** gzip, xz, zstd and lz4, of what is worth packing. */
function packed(): Opened {
  const plain = Buffer.concat([rawSamples()[0] ?? new Uint8Array(0), Buffer.from('an image, an image, an image. '.repeat(200))]);
  return { samples: packings(plain), read: async (bytes) => await unpack('fuzz', bytes) };
}

function packings(bytes: Uint8Array): readonly Uint8Array[] {
  const made = [
    new Uint8Array(gzipSync(bytes)), lz4Legacy('12345678', 100), packedBy(bytes, 'xz', '-c', '--check=crc32'), packedBy(bytes, 'xz', '-c', '--x86', '--lzma2', '--check=crc64'),
    packedBy(bytes, 'zstd', '-c'), packedBy(bytes, 'zstd', '-c', '-19', '--no-check'), packedBy(bytes, 'lz4', '-c'), packedBy(bytes, 'lz4', '-c', '-l'),
  ];
  return made.filter((each) => each !== undefined);
}

function images(): Opened {
  const text = Buffer.from('\0Linux version 6.1.0-56-amd64 (debian@debian)\0');
  const elf = elfFile({ sections: { '.BTF': brandedBtf({}).bytes(), '.rodata': new Uint8Array(text) } });
  const unpacked = [elf, zboot(new Uint8Array(gzipSync(elf))), bzImage(new Uint8Array(gzipSync(elf)))];
  const xz = packedBy(elf, 'xz', '-c', '--check=crc32');
  // Kbuild appends the size.
  const samples = xz === undefined ? unpacked : [...unpacked, bzImage(new Uint8Array(Buffer.concat([xz, new Uint8Array(4)])))];
  return { samples, read: async (bytes) => await readVmlinux('fuzz', bytes) };
}

function archives(): Opened {
  const module = elfFile({ sections: { '.modinfo': moduleInfo, '.BTF': smallSplit(brandedBtf({})) } });
  const tar = tarFile({ './boot/vmlinux': elfFile({ sections: { '.BTF': brandedBtf({}).bytes() } }), './lib/modules/6.1.0/kernel/fuzz.ko': module, './boot/System.map': Buffer.from(symbols.join('')) });
  const samples = [tar, new Uint8Array(gzipSync(tar)), arFile({ 'debian-binary': Buffer.from('2.0\n'), 'control.tar': tarFile({}), 'data.tar': tar })];
  const folder = scratch();
  const read = async (bytes: Uint8Array): Promise<void> => {
    const path = join(folder, 'archive');
    writeFileSync(path, bytes);
    try {
      for await (const part of partsOf(path)) if (part.kind !== 'tracefs') await part.load();
    } catch (error) {
      // An archive in which nothing is of a kernel.
      if (!(error instanceof UsageError)) throw error;
    }
  };
  return { samples, read };
}

function events(): Opened {
  const btf = parseBtf('vmlinux', eventTypes());
  const read = (bytes: Uint8Array): number => {
    const found = scanEvents(new ImageMemory([{ address, bytes }], [{ address, bytes }]), btf);
    return found.events.length;
  };
  const sample = eventMemory();
  // Two of the class, and entering and leaving the system call.
  if (read(sample) !== 4) throw new Error(`the sample has ${read(sample)} events`);
  return { samples: [sample], read };
}

/** What the readers let through must not break what stands on them: the catalog, layouts, their text. */
function wholeCatalog(): Opened {
  const folder = scratch();
  let catalogs = 0;
  const read = async (bytes: Uint8Array): Promise<void> => {
    const path = join(folder, `${Math.floor(catalogs++ / 50)}.db`);
    await ingestFile(`fuzz-${catalogs}`, bytes, { path, name: `fuzz-${catalogs}` });
    const catalog = openCatalog(path);
    const types = catalog?.image();
    if (types === undefined) throw new Error('no catalog');
    const layouts = new Layouts(types);
    for (const kind of ['struct', 'union', 'enum', 'typedef', 'function', 'variable'] as const) {
      for (const definition of types.all(kind)) {
        JSON.stringify(definitionJson(layouts, definition));
        definitionText(layouts, definition);
      }
    }
    catalog?.close();
    if (catalogs % 50 === 0) rmSync(path);
  };
  return { samples: rawSamples(), read };
}

function textTarget(name: string, samples: readonly string[], read: (text: string) => unknown): Target {
  return {
    name,
    open: () => ({ samples: samples.map((each) => new Uint8Array(Buffer.from(each, 'latin1'))), text: true, read: (bytes) => read(Buffer.from(bytes).toString('latin1')) }),
  };
}

/** Gone with the process. */
function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'btfly-fuzz-'));
  process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
  return folder;
}

/** A tree whose files all hold that text. */
function fsWith(text: string): KernelFs {
  return { ...kernelFsAt('/nonexistent'), text: () => text };
}
