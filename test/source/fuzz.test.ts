import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FormatError } from '../../src/base/errors.ts';
import { collectFacts } from '../../src/index/facts.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { parseElf } from '../../src/source/elf/elf.ts';
import { readFunctionSymbols } from '../../src/source/ksyms/ksyms.ts';
import { parseEventFormat } from '../../src/source/tracefs/format.ts';
import { BtfWriter, standardLayout } from '../help/btfwriter.ts';
import { mutations } from '../help/mutate.ts';

/** Every mutation is read or refused with a FormatError, in time. Returns how many were refused. */
function fuzz(bytes: Uint8Array, count: number, read: (bytes: Uint8Array) => unknown): number {
  let refused = 0;
  for (const mutation of mutations(bytes, count, 20_261_122)) {
    const start = performance.now();
    try {
      read(mutation);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      refused++;
    }
    expect(performance.now() - start).toBeLessThan(2_000);
  }
  return refused;
}

const count = 4_000;

function sample(options: ConstructorParameters<typeof BtfWriter>[0]): Uint8Array {
  const btf = new BtfWriter(options);
  const int = btf.int('int', 4, 1);
  const pointer = btf.ptr(3);
  btf.struct('node', 24, [{ name: 'next', type: pointer, offset: 0 }, { name: '', type: 4, offset: 64 }, { name: 'flags', type: int, offset: 128 }]);
  btf.union('', 8, [{ name: 'number', type: int, offset: 0 }, { name: 'text', type: 5, offset: 0 }]);
  btf.array(int, 2);
  btf.struct('flags', 4, [{ name: 'a', type: int, offset: 0, bits: 3 }, { name: 'b', type: 8, offset: 3, bits: 5 }]);
  btf.konst(int);
  btf.typedef('word', 7);
  btf.enum('', { ONE: 1, MINUS: -1 }, { signed: true });
  btf.enum64('big', { HUGE: 1n << 63n });
  const proto = btf.proto(int, [['node', pointer], ['', 0]]);
  btf.declTag('bpf_kfunc', btf.func('walk', proto), 0);
  btf.datasec('.data', 4, [[btf.variable('v', int), 0, 4]]);
  btf.struct('', 8, [{ name: 'fn', type: btf.ptr(proto), offset: 0 }]);
  return btf.bytes();
}

it.each([
  ['little endian', { littleEndian: true }],
  ['big endian', { littleEndian: false }],
  ['with a layout section', { layout: standardLayout([4, 8]) }],
])('BTF, %s', (_, options) => {
  const refused = fuzz(sample(options), count, (bytes) => collectFacts(parseBtf('test', bytes)));
  expect(refused).toBeGreaterThan(count / 4);
  expect(refused).toBeLessThan(count);
});

it('split BTF', () => {
  const base = parseBtf('vmlinux', sample({}));
  const facts = collectFacts(base);
  const writer = new BtfWriter({ base: new BtfWriter() });
  writer.ptr(1);
  writer.struct('m', 8, [{ name: 'x', type: 1, offset: 0 }]);
  const refused = fuzz(writer.bytes(), count, (bytes) => collectFacts(parseBtf('module', bytes, base), facts));
  expect(refused).toBeGreaterThan(count / 4);
});

it('ELF', () => {
  const bytes = readFileSync('/bin/true');
  const refused = fuzz(bytes, count / 2, (mutation) => {
    const elf = parseElf('true', mutation);
    for (const section of elf.sections) elf.contents(section);
    elf.symbols('.dynsym');
    elf.buildId();
  });
  expect(refused).toBeGreaterThan(0);
});

it('ELF headers', () => {
  const bytes = readFileSync('/bin/true');
  const headers = Buffer.concat([bytes.subarray(0, 64), bytes.subarray(Number(bytes.readBigUInt64LE(40)))]);
  headers.writeBigUInt64LE(64n, 40);
  expect(fuzz(headers, count, (mutation) => parseElf('true', mutation))).toBeGreaterThan(count / 4);
});

it('event formats', () => {
  const format = Buffer.from(
    'name: e\nID: 1\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n\nprint fmt: "%s", __get_str(name)\n',
  );
  const refused = fuzz(format, count, (bytes) => parseEventFormat('format', Buffer.from(bytes).toString('latin1')));
  expect(refused).toBeGreaterThan(count / 4);
});

it('symbols', () => {
  const symbols = Buffer.from('ffffffff81000000 T _stext\nffffffff81000010 t walk.isra.0\t[module]\n'.repeat(3));
  expect(fuzz(symbols, count, (bytes) => readFunctionSymbols(Buffer.from(bytes).toString('latin1')))).toBe(0);
});
