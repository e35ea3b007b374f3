// Writes BTF byte by byte, right or wrong on purpose: both byte orders, the header with a layout section, every kind, split BTF.
import { kindOf } from '../../src/source/btf/kinds.ts';

export interface BtfOptions {
  readonly littleEndian?: boolean;
  /** Ids and strings go on where these end. */
  readonly base?: BtfWriter;
  /** By kind: bytes behind the three common words, and bytes an element. Makes a header of 32 bytes. */
  readonly layout?: readonly (readonly [info: number, element: number])[];
  /** Bytes of the header, zero behind what is known. */
  readonly headerSize?: number;
}

/** name, type, and where: bits. With `bits` the record is one with bitfields (kind_flag). */
export interface MemberOptions {
  readonly name?: string;
  readonly type: number;
  readonly offset: number;
  readonly bits?: number;
}

export class BtfWriter {
  readonly #options: BtfOptions;
  readonly #words: number[] = [];
  readonly #strings = new Map<string, number>();
  #stringBytes = 0;
  #next: number;

  constructor(options: BtfOptions = {}) {
    this.#options = options;
    this.#next = options.base?.nextId ?? 1;
    if (options.base === undefined) this.string('');
  }

  get nextId(): number {
    return this.#next;
  }

  get stringEnd(): number {
    return (this.#options.base?.stringEnd ?? 0) + this.#stringBytes;
  }

  string(text: string): number {
    const known = text === '' ? 0 : this.#find(text);
    if (known !== undefined && (text !== '' || this.#strings.size > 0 || this.#options.base)) return known;
    const offset = this.stringEnd;
    this.#strings.set(text, offset);
    this.#stringBytes += Buffer.byteLength(text) + 1;
    return offset;
  }

  #find(text: string): number | undefined {
    return this.#strings.get(text) ?? this.#options.base?.stringOffset(text);
  }

  stringOffset(text: string): number | undefined {
    return this.#find(text);
  }

  /** Any type at all. `third` is the size or the type. */
  type(kind: number, name: string, third: number, options: { flag?: boolean; vlen?: number; words?: readonly number[] } = {}): number {
    this.#words.push(this.string(name), ((options.flag === true ? 0x80000000 : 0) | (kind << 24) | (options.vlen ?? 0)) >>> 0, third, ...(options.words ?? []));
    return this.#next++;
  }

  /** Encoding bits: 1 signed, 2 char, 4 bool. */
  int(name: string, size: number, encoding = 0, bits = size * 8, offset = 0): number {
    return this.type(kindOf.INT, name, size, { words: [((encoding << 24) | (offset << 16) | bits) >>> 0] });
  }

  float(name: string, size: number): number {
    return this.type(kindOf.FLOAT, name, size);
  }

  ptr(to: number): number {
    return this.type(kindOf.PTR, '', to);
  }

  konst(of: number): number {
    return this.type(kindOf.CONST, '', of);
  }

  volatile(of: number): number {
    return this.type(kindOf.VOLATILE, '', of);
  }

  restrict(of: number): number {
    return this.type(kindOf.RESTRICT, '', of);
  }

  typedef(name: string, of: number): number {
    return this.type(kindOf.TYPEDEF, name, of);
  }

  array(of: number, count: number, index = of): number {
    return this.type(kindOf.ARRAY, '', 0, { words: [of, index, count] });
  }

  struct(name: string, size: number, members: readonly MemberOptions[]): number {
    return this.#record(kindOf.STRUCT, name, size, members);
  }

  union(name: string, size: number, members: readonly MemberOptions[]): number {
    return this.#record(kindOf.UNION, name, size, members);
  }

  enum(name: string, values: Readonly<Record<string, number>>, options: { size?: number; signed?: boolean } = {}): number {
    const entries = Object.entries(values);
    const words = entries.flatMap(([each, value]) => [this.string(each), value >>> 0]);
    return this.type(kindOf.ENUM, name, options.size ?? 4, { flag: options.signed ?? false, vlen: entries.length, words });
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>, signed = false): number {
    const entries = Object.entries(values);
    const words = entries.flatMap(([each, value]) => [this.string(each), Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))]);
    return this.type(kindOf.ENUM64, name, 8, { flag: signed, vlen: entries.length, words });
  }

  fwd(name: string, union = false): number {
    return this.type(kindOf.FWD, name, 0, { flag: union });
  }

  proto(returns: number, params: readonly (readonly [name: string, type: number])[]): number {
    return this.type(kindOf.FUNC_PROTO, '', returns, { vlen: params.length, words: params.flatMap(([name, type]) => [this.string(name), type]) });
  }

  func(name: string, proto: number, linkage = 0): number {
    return this.type(kindOf.FUNC, name, proto, { vlen: linkage });
  }

  variable(name: string, type: number, linkage = 1): number {
    return this.type(kindOf.VAR, name, type, { words: [linkage] });
  }

  datasec(name: string, size: number, entries: readonly (readonly [variable: number, offset: number, size: number])[]): number {
    return this.type(kindOf.DATASEC, name, size, { vlen: entries.length, words: entries.flat() });
  }

  declTag(tag: string, of: number, component = -1): number {
    return this.type(kindOf.DECL_TAG, tag, of, { words: [component >>> 0] });
  }

  typeTag(tag: string, of: number, attribute = false): number {
    return this.type(kindOf.TYPE_TAG, tag, of, { flag: attribute });
  }

  bytes(): Uint8Array {
    const little = this.#options.littleEndian ?? true;
    const layout = this.#options.layout;
    const header = this.#options.headerSize ?? (layout === undefined ? 24 : 32);
    const strings = Buffer.from([...this.#strings.keys()].map((text) => `${text}\0`).join(''), 'utf8');
    const types = 4 * this.#words.length;
    const layoutSize = 4 * (layout?.length ?? 0);
    const out = Buffer.alloc(header + types + layoutSize + strings.length);
    const u16 = (value: number, at: number): unknown => (little ? out.writeUInt16LE(value, at) : out.writeUInt16BE(value, at));
    const u32 = (value: number, at: number): unknown => (little ? out.writeUInt32LE(value >>> 0, at) : out.writeUInt32BE(value >>> 0, at));
    u16(0xeb9f, 0);
    out[2] = 1;
    [header, 0, types, types + layoutSize, strings.length].forEach((value, index) => u32(value, 4 + 4 * index));
    if (layout !== undefined) [types, layoutSize].forEach((value, index) => u32(value, 24 + 4 * index));
    this.#words.forEach((word, index) => u32(word, header + 4 * index));
    layout?.forEach(([info, element], kind) => out.set([info, element], header + types + 4 * kind));
    strings.copy(out, header + types + layoutSize);
    return out;
  }

  #record(kind: number, name: string, size: number, members: readonly MemberOptions[]): number {
    const flag = members.some((member) => member.bits !== undefined);
    const words = members.flatMap((member) => [
      this.string(member.name ?? ''), member.type, flag ? (((member.bits ?? 0) << 24) | member.offset) >>> 0 : member.offset,
    ]);
    return this.type(kind, name, size, { flag, vlen: members.length, words });
  }
}

/** Sizes of the known kinds as a layout section says them, followed by unknown ones. */
export function standardLayout(...more: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  return [
    [0, 0], [4, 0], [0, 0], [12, 0], [0, 12], [0, 12], [0, 8], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 8], [4, 0], [0, 12], [0, 0], [4, 0],
    [0, 0], [0, 12], ...more,
  ];
}
