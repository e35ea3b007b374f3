// Files that readers understand, made here byte by byte: the mutations start from them.
import { spawnSync } from 'node:child_process';
import { BtfWriter, type BtfOptions } from '../help/btfwriter.ts';

/** Every kind of BTF, with what refers to itself and to what comes later. Offsets of ids are those of a BTF without a base. */
export function brandedBtf(options: BtfOptions): BtfWriter {
  const btf = new BtfWriter(options);
  const first = btf.nextId;
  const id = (place: number): number => first + place - 1;
  const int = btf.int('int', 4, 1);
  const pointer = btf.ptr(id(3));
  btf.struct('node', 24, [{ name: 'next', type: pointer, offset: 0 }, { name: '', type: id(4), offset: 64 }, { name: 'flags', type: int, offset: 128 }]);
  btf.union('', 8, [{ name: 'number', type: int, offset: 0 }, { name: 'text', type: id(5), offset: 0 }]);
  btf.array(int, 2);
  btf.struct('flags', 4, [{ name: 'a', type: int, offset: 0, bits: 3 }, { name: 'b', type: id(8), offset: 3, bits: 5 }]);
  btf.konst(int);
  btf.typedef('word', id(7));
  btf.enum('', { ONE: 1, MINUS: -1 }, { signed: true });
  btf.enum64('big', { HUGE: 1n << 63n });
  const proto = btf.proto(int, [['node', pointer], ['', 0]]);
  btf.declTag('bpf_kfunc', btf.func('walk', proto), 0);
  btf.datasec('.data', 4, [[btf.variable('v', int), 0, 4]]);
  btf.struct('', 8, [{ name: 'fn', type: btf.ptr(proto), offset: 0 }]);
  const anonymous = btf.struct('', 16, [{ name: '', type: id(4), offset: 0 }, { name: 'rest', type: btf.array(btf.volatile(id(8)), 2), offset: 64 }]);
  btf.struct('nested', 48, [{ name: '', type: anonymous, offset: 0 }, { name: 'twice', type: btf.array(anonymous, 2), offset: 128 }]);
  btf.fwd('later');
  btf.typeTag('user', btf.restrict(pointer));
  btf.float('double', 8);
  return btf;
}

export interface ElfOptions {
  readonly wide?: boolean;
  readonly littleEndian?: boolean;
  readonly sections: Readonly<Record<string, Uint8Array>>;
}

/** An ELF file with those sections and nothing else (elf(5)). */
export function elfFile({ wide = true, littleEndian = true, sections }: ElfOptions): Uint8Array {
  const head = wide ? 64 : 52;
  const each = wide ? 64 : 40;
  const names = Object.keys(sections);
  const strings = Buffer.from(`\0${[...names, '.shstrtab'].join('\0')}\0`);
  const bodies = [...Object.values(sections), strings];
  const offsets: number[] = [];
  let end = head;
  for (const body of bodies) {
    offsets.push(end);
    end += (body.length + 7) & ~7;
  }
  const out = new Uint8Array(end + each * (bodies.length + 1));
  const view = new DataView(out.buffer);
  const long = (at: number, value: number): void => { if (wide) view.setBigUint64(at, BigInt(value), littleEndian); else view.setUint32(at, value, littleEndian); };
  out.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]);
  view.setUint16(16, 1, littleEndian);
  view.setUint16(18, wide ? 62 : 3, littleEndian);
  view.setUint32(20, 1, littleEndian);
  long(wide ? 40 : 32, end);
  [head, 0, 0, each, bodies.length + 1, bodies.length].forEach((value, index) => { view.setUint16((wide ? 52 : 40) + 2 * index, value, littleEndian); });
  bodies.forEach((body, index) => {
    out.set(body, offsets[index] ?? 0);
    const at = end + each * (index + 1);
    const name = names[index] ?? '.shstrtab';
    view.setUint32(at, strings.indexOf(`\0${name}\0`) + 1, littleEndian);
    view.setUint32(at + 4, name === '.shstrtab' ? 3 : 1, littleEndian);
    long(at + (wide ? 24 : 16), offsets[index] ?? 0);
    long(at + (wide ? 32 : 20), body.length);
  });
  return out;
}

export const moduleInfo = new Uint8Array(Buffer.from('name=fuzz\0vermagic=6.1.0 SMP preempt mod_unload\0license=GPL\0'));

/** What a tool makes of bytes that it takes from its standard input; undefined where it is not installed. */
export function packedBy(bytes: Uint8Array, tool: string, ...options: readonly string[]): Uint8Array | undefined {
  const done = spawnSync(tool, options, { input: bytes, maxBuffer: 1 << 28 });
  return done.status === 0 ? new Uint8Array(done.stdout) : undefined;
}

/** LZ4's legacy frame, as kbuild makes it: eight literals and a match that repeats them to the end. */
export function lz4Legacy(text: string, times: number): Uint8Array {
  const repeated = 8 * (times - 1) - 5;
  const lengths: number[] = [];
  for (let left = repeated - 4 - 15; ; left -= 255) {
    lengths.push(Math.min(left, 255));
    if (left < 255) break;
  }
  // token, literals, offset, length of the match; the last five bytes are literals.
  const block = [0x8f, ...Buffer.from(text), 8, 0, ...lengths, 0x50, ...Buffer.from(text).subarray(3)];
  const out = new Uint8Array(8 + block.length);
  out.set([0x02, 0x21, 0x4c, 0x18, block.length, block.length >> 8, 0, 0]);
  out.set(block, 8);
  return out;
}

/** ustar (tar(5)). */
export function tarFile(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, body] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        0', 148);
    header.write('ustar\0', 257);
    header.write('00', 263);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    parts.push(header, body, new Uint8Array(-body.length & 511));
  }
  return new Uint8Array(Buffer.concat([...parts, new Uint8Array(1024)]));
}

/** ar(5), as Debian's packages are. */
export function arFile(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, body] of Object.entries(files)) {
    parts.push(Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(body.length).padEnd(10)}\`\n`), body);
    if (body.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** x86's boot sector with a packed kernel behind it (Documentation/arch/x86/boot.rst). */
export function bzImage(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(1024 + payload.length);
  const view = new DataView(out.buffer);
  out[0x1f1] = 1;
  view.setUint16(0x1fe, 0xaa55, true);
  out.set(Buffer.from('HdrS'), 0x202);
  view.setUint16(0x206, 0x20f, true);
  view.setUint32(0x248, 0, true);
  view.setUint32(0x24c, payload.length, true);
  out.set(payload, 1024);
  return out;
}

/** An EFI zboot image (drivers/firmware/efi/libstub/zboot-header.S). */
export function zboot(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(64 + payload.length);
  out.set(Buffer.from('MZ\0\0zimg'));
  new DataView(out.buffer).setUint32(8, 64, true);
  new DataView(out.buffer).setUint32(12, payload.length, true);
  out.set(Buffer.from('gzip'), 24);
  out.set(payload, 64);
  return out;
}
