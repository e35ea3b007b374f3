import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { readBtfFile } from '../../src/source/btf/file.ts';
import { kindName, kindOf } from '../../src/source/btf/kinds.ts';
import { BtfWriter, standardLayout } from '../help/btfwriter.ts';
import { runningBtf } from '../help/kernels.ts';

/** One of each kind. */
function everyKind(options: ConstructorParameters<typeof BtfWriter>[0] = {}): BtfWriter {
  const btf = new BtfWriter(options);
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const list = btf.nextId + 1;
  btf.ptr(list);
  btf.struct('list_head', 16, [{ name: 'next', type: 3, offset: 0 }, { name: 'prev', type: 3, offset: 64 }]);
  const array = btf.array(int, 4, long);
  btf.union('', 16, [{ name: 'a', type: array, offset: 0 }, { name: 'b', type: int, offset: 0 }]);
  btf.enum('sign', { MINUS: -1, PLUS: 1 }, { signed: true });
  btf.enum64('wide', { TOP: 1n << 63n });
  btf.fwd('unknown');
  btf.typedef('list_t', list);
  btf.volatile(int);
  btf.konst(int);
  btf.restrict(3);
  const proto = btf.proto(int, [['list', 3], ['', 0]]);
  const func = btf.func('walk', proto);
  const variable = btf.variable('counter', long);
  btf.datasec('.data..percpu', 8, [[variable, 0, 8]]);
  btf.float('double', 8);
  btf.declTag('bpf_kfunc', func);
  btf.typeTag('__user', int);
  return btf;
}

const names = ['INT int', 'INT long unsigned int', 'PTR ', 'STRUCT list_head', 'ARRAY ', 'UNION ', 'ENUM sign', 'ENUM64 wide', 'FWD unknown', 'TYPEDEF list_t',
  'VOLATILE ', 'CONST ', 'RESTRICT ', 'FUNC_PROTO ', 'FUNC walk', 'VAR counter', 'DATASEC .data..percpu', 'FLOAT double', 'DECL_TAG bpf_kfunc', 'TYPE_TAG __user'];

describe('every kind', () => {
  it.each([
    ['little endian', {}],
    ['big endian', { littleEndian: false }],
    ['with a layout section', { layout: standardLayout() }],
    ['big endian with a layout section', { littleEndian: false, layout: standardLayout() }],
    ['with a longer header', { headerSize: 40 }],
  ])('%s', (_, options) => {
    const btf = parseBtf('test', everyKind(options).bytes());
    const ids = Array.from({ length: btf.endId - 1 }, (_, index) => index + 1);
    expect(ids.map((id) => `${kindName(btf.kind(id))} ${btf.name(id)}`)).toEqual(names);
    expect(btf.pointerSize).toBe(8);
    expect(btf.warnings).toEqual([]);
    expect([btf.vlen(4), btf.extra(4, 0) > 0, btf.extra(4, 1), btf.extra(4, 5)]).toEqual([2, true, 3, 64]);
    expect(btf.extra(7, 1) | 0).toBe(-1);
  });

  it('at an unaligned place in memory', () => {
    const bytes = everyKind().bytes();
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(parseBtf('test', shifted.subarray(1)).endId).toBe(names.length + 1);
  });

  it('an empty type section', () => {
    expect(parseBtf('test', new BtfWriter().bytes()).endId).toBe(1);
  });

  it('a name that is UTF-8', () => {
    const btf = new BtfWriter();
    btf.fwd('größe');
    expect(parseBtf('test', btf.bytes()).name(1)).toBe('größe');
  });

  it('warns of header fields that are not known', () => {
    const bytes = everyKind({ headerSize: 40 }).bytes();
    bytes[36] = 1;
    expect(parseBtf('test', bytes).warnings).toEqual(['test: the header has 8 bytes more than is known, and they are not zero']);
  });
});

describe('unknown kinds', () => {
  const newKind = 21;

  it('are skipped by the layout section', () => {
    const btf = new BtfWriter({ layout: standardLayout([4, 0], [8, 4]) });
    btf.type(newKind, 'news', 7, { vlen: 2, words: [1, 2, 3, 4] });
    btf.int('int', 4);
    const read = parseBtf('test', btf.bytes());
    expect([read.kind(1), read.name(1), read.kind(2)]).toEqual([newKind, 'news', kindOf.INT]);
  });

  it('are skipped by the layout section of the base', () => {
    const base = new BtfWriter({ layout: standardLayout([4, 0], [8, 4]) });
    base.int('int', 4);
    const split = new BtfWriter({ base });
    split.type(newKind, '', 7, { vlen: 1, words: [1, 2, 3] });
    split.ptr(1);
    const read = parseBtf('module', split.bytes(), parseBtf('base', base.bytes()));
    expect([read.kind(2), read.kind(3), read.type(3)]).toEqual([newKind, kindOf.PTR, 1]);
  });

  it('without one are named', () => {
    const btf = new BtfWriter();
    btf.int('int', 4);
    btf.type(newKind, '', 0);
    expect(() => parseBtf('test', btf.bytes())).toThrow('test: at byte 40: type 2: kind 21 is not known and no layout section describes it');
  });
});

describe('split BTF', () => {
  const base = new BtfWriter();
  base.int('int', 4, 1);
  base.struct('sock', 4, [{ name: 'state', type: 1, offset: 0 }]);
  const baseBtf = parseBtf('vmlinux', base.bytes());

  it('goes on with ids and strings', () => {
    const split = new BtfWriter({ base });
    split.struct('module_sock', 4, [{ name: 'state', type: 2, offset: 0 }]);
    const btf = parseBtf('module', split.bytes(), baseBtf);
    expect([btf.firstId, btf.endId, btf.name(3), btf.name(2), btf.string(btf.extra(3, 0))]).toEqual([3, 4, 'module_sock', 'sock', 'state']);
  });

  it('of another base is refused: names fall into the middle of strings', () => {
    const other = new BtfWriter();
    other.int('int', 4, 1);
    other.struct('a_struct_with_a_long_name', 4, [{ name: 'x', type: 1, offset: 0 }]);
    const split = new BtfWriter({ base });
    split.struct('module_sock', 4, [{ name: 'state', type: 2, offset: 0 }]);
    expect(() => parseBtf('module', split.bytes(), parseBtf('vmlinux', other.bytes()))).toThrow(
      `module: at byte 24: type 3: name offset 16 is in the middle of the base's string "a_struct_with_a_long_name": this BTF was made for another base`,
    );
  });

  it('with another byte order is refused', () => {
    expect(() => parseBtf('module', new BtfWriter({ littleEndian: false }).bytes(), baseBtf)).toThrow('module: at byte 0: the byte order differs from the base BTF');
  });
});

describe('what is refused', () => {
  const broken = (make: (btf: BtfWriter) => void): (() => unknown) => {
    const btf = new BtfWriter();
    btf.int('int', 4, 1);
    make(btf);
    return () => parseBtf('test', btf.bytes());
  };

  it.each<[string, (btf: BtfWriter) => void]>([
    ['type 2: refers to type 9 past end (3)', (btf) => btf.ptr(9)],
    ['type 2: name offset 99 past end (5)', (btf) => btf.type(kindOf.FWD, '', 0) && patchName(btf, 99)],
    ['type 2: TYPEDEF without a name', (btf) => btf.typedef('', 1)],
    ['type 2: FUNC refers to type 1, which is INT, not FUNC_PROTO', (btf) => btf.func('f', 1)],
    ['type 2: INT of 3 bytes', (btf) => btf.int('odd', 3)],
    ['type 2: INT of 4 bytes with 40 bits from bit 0', (btf) => btf.int('odd', 4, 0, 40)],
    ['type 2: FLOAT of 5 bytes', (btf) => btf.float('odd', 5)],
    ['type 2: ENUM of 3 bytes', (btf) => btf.enum('odd', {}, { size: 3 })],
    ['type 2: has elements of type 7 past end (3)', (btf) => btf.array(7, 1, 1)],
    ['type 2: member 0: refers to type 7 past end (3)', (btf) => btf.struct('s', 4, [{ name: 'a', type: 7, offset: 0 }])],
    ['type 2: member 0: bit 64, 0 wide, in 4 bytes', (btf) => btf.struct('s', 4, [{ name: 'a', type: 1, offset: 64 }])],
    ['type 2: member 0: bit 30, 4 wide, in 4 bytes', (btf) => btf.struct('s', 4, [{ name: 'a', type: 1, offset: 30, bits: 4 }])],
    ['type 2: entry 0: refers to type 1, which is INT, not VAR', (btf) => btf.datasec('.data', 4, [[1, 0, 4]])],
    ['type 3: DECL_TAG of component 2, type 2 has 1', (btf) => btf.declTag('t', btf.struct('s', 4, [{ name: 'a', type: 1, offset: 0 }]), 2)],
    ['type 2: DECL_TAG of component 0, type 1 has 0', (btf) => btf.declTag('t', 1, 0)],
    ['type 2: a circle of CONST that never ends', (btf) => btf.konst(2)],
    ['type 2: a circle of TYPEDEF that never ends', (btf) => [btf.typedef('a', 3), btf.ptr(2)]],
    ['type 2: a circle of ARRAY that never ends', (btf) => btf.array(2, 2, 1)],
    ['type 2: kind 0 is not known and no layout section describes it', (btf) => btf.type(0, '', 0)],
  ])('%s', (message, make) => {
    expect(broken(make)).toThrow(message);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['10 bytes are too few for a BTF header of 24', (bytes) => bytes.subarray(0, 10)],
    ['not BTF: the magic number is 7feb, not 9feb or eb9f', (bytes) => patch(bytes, 0, 0x7f)],
    ['BTF version 2, known is 1', (bytes) => patch(bytes, 2, 2)],
    ['header flags 0x01, known are none', (bytes) => patch(bytes, 3, 1)],
    ['a header of 20 bytes is shorter than 24', (bytes) => patch(bytes, 4, 20)],
    ['a header of 255 bytes in 45 bytes of data', (bytes) => patch(bytes, 4, 255)],
    ['the type section ends at 46, the data at 45', (bytes) => patch(bytes, 12, 22)],
    ['the type section has 15 bytes, not a multiple of 4', (bytes) => patch(bytes, 12, 15)],
    ['the type section starts at 1, not a multiple of 4', (bytes) => patch(patch(bytes, 8, 1), 12, 12)],
    ['the string section starts at 36, before the type section ends (40)', (bytes) => patch(bytes, 16, 12)],
    ['the string section is empty', (bytes) => patch(bytes, 20, 0)],
    ['the last string has no end', (bytes) => patch(bytes, 44, 65)],
    ['the first string is not empty', (bytes) => patch(bytes, 40, 65)],
    ['type 1: 4 words, the section ends after 3', (bytes) => patch(patch(bytes, 12, 12), 16, 16)],
  ])('%s', (message, change) => {
    const btf = new BtfWriter();
    btf.int('int', 4, 1);
    expect(() => parseBtf('test', change(btf.bytes()))).toThrow(message);
  });
});

describe('from a file', () => {
  it('that is neither BTF nor ELF', () => {
    expect(() => readBtfFile('notes.txt', Buffer.from('hello'))).toThrow('notes.txt: at byte 0: neither BTF nor an ELF file');
  });

  it('that is an ELF file without .BTF', () => {
    expect(() => readBtfFile('node', readFileSync('/bin/true'))).toThrow('node: at byte 0: the ELF file has no .BTF section');
  });

  it.skipIf(runningBtf() === undefined)('raw, of the running kernel', () => {
    const file = readBtfFile('vmlinux', runningBtf() ?? new Uint8Array());
    expect(file.btf.endId).toBeGreaterThan(50_000);
    expect(file.buildId).toBeUndefined();
  });
});

function patch(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value;
  return bytes;
}

/** The last type's name becomes a string offset that no string has. */
function patchName(btf: BtfWriter, offset: number): unknown {
  const bytes = btf.bytes.bind(btf);
  btf.bytes = () => {
    const out = Buffer.from(bytes());
    out.writeUInt32LE(offset, 24 + 16);
    return out;
  };
  return btf;
}
