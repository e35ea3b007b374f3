// The kernel's symbols with their addresses (/proc/kallsyms), read once when somebody asks: about 200,000 lines, kept as bytes and sorted arrays.
import type { KernelFs } from '../base/kernelfs.ts';

export interface Symbol {
  readonly name: string;
  /** null for vmlinux. */
  readonly module: string | null;
  /** Bytes from the start of the symbol. */
  readonly offset: bigint;
}

export class KernelSymbols {
  readonly #bytes: Buffer;
  readonly #addresses: BigUint64Array;
  /** Where in the bytes each one's name starts. */
  readonly #names: Uint32Array;

  private constructor(bytes: Buffer, addresses: BigUint64Array, names: Uint32Array) {
    this.#bytes = bytes;
    this.#addresses = addresses;
    this.#names = names;
  }

  static read(fs: KernelFs): KernelSymbols {
    const file = fs.bytes('/proc/kallsyms') ?? new Uint8Array();
    return KernelSymbols.parse(Buffer.from(file.buffer, file.byteOffset, file.byteLength));
  }

  static parse(bytes: Buffer): KernelSymbols {
    const { words, names, count, sorted } = scan(bytes);
    const addresses = new BigUint64Array(words.buffer, 0, count);
    const places = names.subarray(0, count);
    if (sorted) return new KernelSymbols(bytes, addresses, places);
    // Modules follow the kernel in order of loading: a few sorted runs, which this sort merges.
    const order = Array.from({ length: count }, (_, n) => n).sort((a, b) => compareWords(words, a, b) || a - b);
    return new KernelSymbols(bytes, BigUint64Array.from(order, (n) => addresses[n] ?? 0n), Uint32Array.from(order, (n) => places[n] ?? 0));
  }

  /** True where the kernel shows no addresses (kernel.kptr_restrict, or no CAP_SYSLOG). */
  get hidden(): boolean {
    return this.#addresses.length === 0;
  }

  /** The symbol that the address lies in, undefined where there is none. */
  find(address: bigint): Symbol | undefined {
    const addresses = this.#addresses;
    let low = -1;
    let high = addresses.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((addresses[middle] ?? 0n) <= address) low = middle;
      else high = middle - 1;
    }
    const start = addresses[low];
    if (start === undefined || address - start > farthest) return undefined;
    // Of several names for one address the kernel means the first.
    while (low > 0 && addresses[low - 1] === start) low--;
    return { ...this.#nameAt(this.#names[low] ?? 0), offset: address - start };
  }

  /** Addresses of all functions of that name, ascending; `vmlinux` or a module's name narrows them down. */
  functions(name: string, module?: string): readonly bigint[] {
    const wanted = module === 'vmlinux' ? null : module;
    return this.#places(name)
      .filter((at) => functionTypes.includes(String.fromCharCode(this.#bytes[at - 2] ?? 0)) && (wanted === undefined || this.#nameAt(at).module === wanted))
      .map((at) => addressBefore(this.#bytes, at))
      .filter((address) => address !== 0n)
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Addresses of all of these functions in one pass: for long lists. Functions that are not there are left out. */
  functionsOf(wanted: readonly { readonly name: string; readonly module: string }[]): readonly bigint[] {
    const keys = new Set(wanted.map(({ name, module }) => `${name}\t${module}`));
    const hashes = new Set(wanted.map(({ name }) => nameHash(Buffer.from(`${name}\n`, 'latin1'), 0)));
    const found: bigint[] = [];
    this.#names.forEach((at, index) => {
      if (!functionTypes.includes(String.fromCharCode(this.#bytes[at - 2] ?? 0)) || !hashes.has(nameHash(this.#bytes, at))) return;
      const { name, module } = this.#nameAt(at);
      if (keys.has(`${name}\t${module ?? 'vmlinux'}`)) found.push(this.#addresses[index] ?? 0n);
    });
    return found;
  }

  /** Address of the first symbol of that name, whatever its type. */
  address(name: string): bigint | undefined {
    const [first] = this.#places(name);
    return first === undefined ? undefined : addressBefore(this.#bytes, first);
  }

  #places(name: string): readonly number[] {
    const places: number[] = [];
    const wanted = Buffer.from(` ${name}`, 'latin1');
    for (let at = this.#bytes.indexOf(wanted); at >= 0; at = this.#bytes.indexOf(wanted, at + 1)) {
      const next = this.#bytes[at + wanted.length];
      if (next === newline || next === tab || next === undefined) places.push(at + 1);
    }
    return places;
  }

  #nameAt(start: number): { readonly name: string; readonly module: string | null } {
    const end = this.#bytes.indexOf(newline, start);
    const line = this.#bytes.toString('latin1', start, end < 0 ? undefined : end);
    const split = line.indexOf('\t');
    if (split < 0) return { name: line, module: null };
    return { name: line.slice(0, split), module: line.slice(split + 2, -1) };
  }
}

/** Symbols have no sizes here: what is farther from the one below it than any function is long lies in none. */
const farthest = 1n << 24n;

const functionTypes = 'tTwW';

const newline = 0x0a;
const tab = 0x09;
const blank = 0x20;

interface Scan {
  /** Low and high half of each address. */
  readonly words: Uint32Array;
  readonly names: Uint32Array;
  readonly count: number;
  readonly sorted: boolean;
}

/** Lines `ffffffff81000000 T name\t[module]`. Absolute symbols and hidden addresses are left out. */
function scan(bytes: Buffer): Scan {
  const room = Math.ceil(bytes.length / 20) + 1;
  const words = new Uint32Array(2 * room);
  const names = new Uint32Array(room);
  let count = 0;
  let sorted = true;
  for (let at = 0; at < bytes.length; ) {
    let high = 0;
    let low = 0;
    for (; bytes[at] !== blank && at < bytes.length; at++) {
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | hexDigit(bytes[at] ?? 0);
    }
    const type = (bytes[at + 1] ?? 0) | 0x20;
    if (type !== 0x61 && (high | low) !== 0) {
      words[2 * count] = low;
      words[2 * count + 1] = high;
      names[count] = at + 3;
      sorted &&= count === 0 || compareWords(words, count - 1, count) <= 0;
      count++;
    }
    const end = bytes.indexOf(newline, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return { words, names, count, sorted };
}

/** FNV-1a of the name that starts there: strings are made only of those that may be wanted. */
function nameHash(bytes: Buffer, start: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? newline;
    if (byte === newline || byte === tab) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash;
}

function hexDigit(character: number): number {
  return character <= 0x39 ? character - 0x30 : (character | 0x20) - 0x57;
}

function compareWords(words: Uint32Array, a: number, b: number): number {
  return (words[2 * a + 1] ?? 0) - (words[2 * b + 1] ?? 0) || (words[2 * a] ?? 0) - (words[2 * b] ?? 0);
}

/** The number that stands before ` T name`. */
function addressBefore(bytes: Buffer, name: number): bigint {
  const end = name - 3;
  const start = bytes.lastIndexOf(newline, end - 1) + 1;
  return BigInt(`0x${bytes.toString('latin1', start, end)}`);
}
