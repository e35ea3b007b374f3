// A kernel's image as small as it can be: BTF of the structures of tracing, and their contents for one event and two system calls.
import { writeElf, type SectionOptions } from './elfimage.ts';
import { BtfWriter } from './btfwriter.ts';

/** The structures in the order of kernel 6.12, without what is not read. */
export function tracingBtf(): BtfWriter {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const ulong = btf.int('long unsigned int', 8);
  const ptr = btf.ptr(0);
  const unsigned = btf.int('unsigned int', 4);
  const short = btf.int('short unsigned int', 2);
  const char = btf.int('unsigned char', 1);
  btf.struct('trace_entry', 8, [
    { name: 'type', type: short, offset: 0 }, { name: 'flags', type: char, offset: 16 }, { name: 'preempt_count', type: char, offset: 24 }, { name: 'pid', type: int, offset: 32 },
  ]);
  const naming = btf.union('', 8, [{ name: 'name', type: ptr, offset: 0 }, { name: 'tp', type: ptr, offset: 0 }]);
  btf.struct('trace_event_call', 32, [{ name: 'class', type: ptr, offset: 0 }, { type: naming, offset: 64 }, { name: 'print_fmt', type: ptr, offset: 128 }, { name: 'flags', type: int, offset: 192 }]);
  btf.struct('trace_event_class', 16, [{ name: 'system', type: ptr, offset: 0 }, { name: 'fields_array', type: ptr, offset: 64 }]);
  btf.struct('tracepoint', 16, [{ name: 'name', type: ptr, offset: 0 }, { name: 'funcs', type: ptr, offset: 64 }]);
  const described = btf.struct('', 24, [
    { name: 'name', type: ptr, offset: 0, bits: 0 }, { name: 'size', type: int, offset: 64, bits: 0 }, { name: 'align', type: int, offset: 96, bits: 0 },
    { name: 'is_signed', type: unsigned, offset: 128, bits: 1 }, { name: 'needs_test', type: unsigned, offset: 129, bits: 1 }, { name: 'len', type: int, offset: 160, bits: 0 },
  ]);
  const either = btf.union('', 24, [{ type: described, offset: 0 }, { name: 'define_fields', type: ptr, offset: 0 }]);
  btf.struct('trace_event_fields', 32, [{ name: 'type', type: ptr, offset: 0 }, { type: either, offset: 64 }]);
  btf.struct('trace_eval_map', 24, [{ name: 'system', type: ptr, offset: 0 }, { name: 'eval_string', type: ptr, offset: 64 }, { name: 'eval_value', type: ulong, offset: 128 }]);
  btf.struct('syscall_metadata', 32, [
    { name: 'name', type: ptr, offset: 0 }, { name: 'syscall_nr', type: int, offset: 64 }, { name: 'nb_args', type: int, offset: 96 }, { name: 'types', type: ptr, offset: 128 },
    { name: 'args', type: ptr, offset: 192 },
  ]);
  return btf;
}

/** Words of 64 bits: numbers, and texts and places of the same data, which become addresses. */
class Data {
  readonly #words: (bigint | { readonly text: string })[] = [];

  constructor(readonly address: bigint) {}

  /** Returns the address of the first. */
  put(...words: readonly (bigint | string)[]): bigint {
    const at = this.address + BigInt(8 * this.#words.length);
    this.#words.push(...words.map((word) => (typeof word === 'string' ? { text: word } : word)));
    return at;
  }

  /** Texts follow behind the words. */
  bytes(): Buffer {
    const texts: Buffer[] = [];
    let next = 8 * this.#words.length;
    const words = Buffer.alloc(next);
    this.#words.forEach((word, index) => {
      if (typeof word === 'bigint') {
        words.writeBigInt64LE(BigInt.asIntN(64, word), 8 * index);
        return;
      }
      words.writeBigUInt64LE(this.address + BigInt(next), 8 * index);
      texts.push(Buffer.from(`${word.text}\0`));
      next += word.text.length + 1;
    });
    return Buffer.concat([words, ...texts]);
  }
}

/** size and align in one word, sign and elements in another, as trace_event_fields has them. */
function field(type: string, name: string, size: number, align: number, signed: number, len = 0): readonly (bigint | string)[] {
  return [type, name, BigInt(size) | (BigInt(align) << 32n), BigInt(signed) | (BigInt(len) << 32n)];
}

/** `demo:demo_open` with fields of many kinds, and sys_demo and sys_plain. */
export function tracingData(address: bigint): Buffer {
  const data = new Data(address);
  const fields = data.put(
    ...field('u64', 'inode', 8, 8, 0), ...field('char[DEMO_LEN]', 'comm', 16, 1, 0, 16), ...field('__data_loc char[]', 'path', 4, 4, 0),
    ...field('long', 'ret', 8, 8, 1), 0n, 0n, 0n, 0n,
  );
  const eventClass = data.put('demo', fields);
  const tracepoint = data.put('demo_open', 0n);
  data.put(eventClass, tracepoint, '"%s is DEMO_LEN %d", REC->comm, REC->DEMO_LEN + DEMO_LEN + 4 * sizeof(struct demo)', 0x10n);
  data.put('demo', 'DEMO_LEN', 16n, 'demo', 'sizeof(struct demo)', 24n, 'other', 'DEMO_LEN', 7n);
  const types = data.put('int', 'const char *');
  const names = data.put('fd', 'path');
  data.put('sys_demo', 0x2_ffff_ffffn, types, names, 'sys_plain', 0xffff_ffffn, 0n, 0n);
  return data.bytes();
}

export const imageAddress = 0xffffffff81000000n;

/** An ELF vmlinux. */
export function fakeVmlinux(more: readonly SectionOptions[] = []): Buffer {
  const banner = Buffer.from('Linux version %s\0Linux version 6.12.0-demo (builder@host) (gcc) #1\0');
  const note = Buffer.concat([Buffer.from('040000001400000003000000474e5500', 'hex'), Buffer.alloc(20, 0xab)]);
  return writeElf({
    sections: [
      { name: '.rodata', bytes: banner, flags: 2, address: imageAddress },
      { name: '.notes', bytes: note, type: 7, flags: 2, address: imageAddress + 0x1000n },
      { name: '.BTF', bytes: tracingBtf().bytes(), flags: 2, address: imageAddress + 0x2000n },
      { name: '.data', bytes: tracingData(imageAddress + 0x10000n), flags: 3, address: imageAddress + 0x10000n },
      ...more,
    ],
  });
}

/** What a boot loader takes: the header says where the packed kernel is. `packed`: with the four bytes of its size, as Kbuild appends them. */
export function fakeBzImage(packed: Uint8Array): Buffer {
  const start = 5 * 512 + 64;
  const image = Buffer.alloc(start + packed.length + 100, 0x90);
  image[0x1f1] = 4;
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x20f, 0x206);
  image.writeUInt32LE(64, 0x248);
  image.writeUInt32LE(packed.length, 0x24c);
  Buffer.from(packed).copy(image, start);
  return image;
}

export function fakeZboot(packed: Uint8Array): Buffer {
  const image = Buffer.alloc(128 + packed.length);
  image.write('MZ\0\0zimg', 0);
  image.writeUInt32LE(128, 8);
  image.writeUInt32LE(packed.length, 12);
  image.write('gzip', 24);
  Buffer.from(packed).copy(image, 128);
  return image;
}

/** arm64's Image: text, BTF, data. With `table` its pointers are entries of a table, and zeros in place. */
export function fakeArm64Image(address: bigint, table: boolean): Buffer {
  const btf = tracingBtf().bytes();
  const dataAt = 0x1000 + Math.ceil(btf.length / 16) * 16;
  const data = tracingData(address + BigInt(dataAt));
  const image = Buffer.alloc(dataAt + data.length + 8 + 24 * 2000);
  image.writeBigUInt64LE(BigInt(image.length), 16);
  image.write('ARM\x64', 0x38);
  image.write('Linux version 6.12.0-arm (builder@host) (gcc) #1\0', 0x100);
  Buffer.concat([Buffer.from('040000001400000003000000474e5500', 'hex'), Buffer.alloc(20, 0xcd)]).copy(image, 0xf00);
  Buffer.from(btf).copy(image, 0x1000);
  data.copy(image, dataAt);
  const tableAt = Math.ceil((dataAt + data.length) / 8) * 8;
  let count = 0;
  for (let at = dataAt; at + 8 <= dataAt + data.length; at += 8) {
    const value = image.readBigUInt64LE(at);
    if (!table || value < address || value >= address + BigInt(image.length)) continue;
    image.writeBigUInt64LE(0n, at);
    [address + BigInt(at), 0x403n, value].forEach((word, index) => image.writeBigUInt64LE(word, tableAt + 24 * count + 8 * index));
    count++;
  }
  // Kernels have thousands of pointers; these are of the text.
  for (let more = 0; more < 1500; more++) {
    const words = table ? [address + 0x200n, 0x403n, address + BigInt(more)] : [address + BigInt(more), 0n, 0n, 0n];
    words.forEach((word, index) => {
      const at = table ? tableAt + 24 * (count + more) + 8 * index : Math.ceil((dataAt + data.length) / 32) * 32 + 32 * more + 8 * index;
      if (at + 8 <= image.length) image.writeBigUInt64LE(word, at);
    });
  }
  return image;
}
