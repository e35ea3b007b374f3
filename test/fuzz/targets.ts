// What is fuzzed: each reader of bytes that come from outside, with samples that it reads and that the mutations start from.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { readFunctionSymbols } from '../../src/source/ksyms/ksyms.ts';
import { parseEventFormat } from '../../src/source/tracefs/format.ts';
import { listEvents, readTraceableFunctions } from '../../src/source/tracefs/tracefs.ts';
import { BtfWriter, standardLayout } from '../help/btfwriter.ts';
import { brandedBtf, elfFile, moduleInfo } from './samples.ts';

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

/** What the readers let through must not break what stands on them: the catalog, layouts, their text. */
function wholeCatalog(): Opened {
  const folder = mkdtempSync(join(tmpdir(), 'btfly-fuzz-'));
  process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
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

/** A tree whose files all hold that text. */
function fsWith(text: string): KernelFs {
  return { ...kernelFsAt('/nonexistent'), text: () => text };
}
