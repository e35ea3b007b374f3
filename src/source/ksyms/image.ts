// kallsyms out of a kernel's image: the table of its symbols that the kernel carries for /proc/kallsyms (scripts/kallsyms.c, kernel/kallsyms.c).
// Nothing says where it is: the tokens that names are packed with give it away, for most characters are a token of their own.
import type { ImageMemory, PlacedRange } from '../image/memory.ts';

export interface ImageSymbol {
  readonly name: string;
  /** As /proc/kallsyms shows it: t, T, d, D, ... */
  readonly type: string;
  /** Where it was linked. */
  readonly address: bigint;
}

/**
 * Symbols in order of their addresses; none when the kernel carries no table (CONFIG_KALLSYMS), or in a form that is not known.
 * @param part only those whose names have this in them
 */
export function readImageSymbols(memory: ImageMemory, part = ''): readonly ImageSymbol[] {
  const table = findTable(memory);
  if (table === undefined) return [];
  const { bytes, tokens } = table;
  const has = searchTokens(tokens, part);
  const symbols: ImageSymbol[] = [];
  for (let index = 0, at = table.names; index < table.count; index++) {
    const end = nameEnd(bytes, at);
    const start = at + ((bytes[at] ?? 0) < 0x80 ? 1 : 2);
    at = end;
    if (!has(bytes, start, end)) continue;
    let text = '';
    for (let token = start; token < end; token++) text += tokens[bytes[token] ?? 0] ?? '';
    symbols.push({ name: text.slice(1), type: text.charAt(0), address: table.address(index) });
  }
  return symbols;
}

/**
 * Whether packed names contain a text, without unpacking them: by state, the characters of it that were seen last, and token, the next state
 * (Knuth, Morris, Pratt).
 */
function searchTokens(tokens: readonly string[], part: string): (bytes: Uint8Array, start: number, end: number) => boolean {
  const found = part.length;
  const next = new Uint8Array(found * 256);
  for (let state = 0; state < found; state++) {
    tokens.forEach((token, index) => {
      let seen = part.slice(0, state);
      for (const character of token) {
        seen += character;
        while (seen !== '' && !part.startsWith(seen)) seen = seen.slice(1);
        if (seen === part) break;
      }
      next[state * 256 + index] = seen.length;
    });
  }
  return (bytes, start, end) => {
    let state = 0;
    for (let at = start; at < end && state < found; at++) state = next[state * 256 + (bytes[at] ?? 0)] ?? 0;
    return state === found;
  };
}

/** All of it in the form of System.map, for those who read that. */
export function imageSymbolsText(memory: ImageMemory): string {
  return readImageSymbols(memory).map(({ address, type, name }) => `${address.toString(16).padStart(16, '0')} ${type} ${name}\n`).join('');
}

interface SymbolTable {
  readonly bytes: Uint8Array;
  readonly tokens: readonly string[];
  /** Where the first name is. */
  readonly names: number;
  readonly count: number;
  address(index: number): bigint;
}

function findTable(memory: ImageMemory): SymbolTable | undefined {
  for (const range of memory.ranges) {
    for (const tokenTable of tokenTables(range)) {
      const table = tableAround(memory, range, tokenTable);
      if (table !== undefined) return table;
    }
  }
  return undefined;
}

interface Tokens {
  /** Where the 256 strings begin. */
  readonly start: number;
  /** Behind the 256 offsets of them. */
  readonly end: number;
  readonly texts: readonly string[];
}

/** Where '0' to '9' stand as strings one behind the other, and offsets follow that fit 256 strings. */
function* tokenTables(range: PlacedRange): Generator<Tokens> {
  const { bytes, view } = range;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const digits = '0\x001\x002\x003\x004\x005\x006\x007\x008\x009\0';
  for (let found = buffer.indexOf(digits); found >= 0; found = buffer.indexOf(digits, found + 1)) {
    const start = backwards(buffer, found, '0'.charCodeAt(0));
    const offsets: number[] = [];
    let at = start;
    for (let token = 0; token < 256 && at >= 0 && at < buffer.length; token++) {
      offsets.push(at - start);
      at = buffer.indexOf(0, at) + 1;
      if (at === 0) break;
    }
    if (start < 0 || offsets.length < 256 || at <= 0) continue;
    const behind = at;
    const index = alignments.map((to) => align(behind, to)).find((place) => place + 512 <= buffer.length && strayBytes(view, place, offsets) !== undefined);
    const stray = index === undefined ? undefined : strayBytes(view, index, offsets);
    if (index === undefined || stray === undefined) continue;
    const begin = (token: number): number => start + (token === 0 ? stray : (offsets[token] ?? 0));
    yield { start: start + stray, end: index + 512, texts: offsets.map((_, token) => buffer.toString('latin1', begin(token), buffer.indexOf(0, begin(token)))) };
  }
}

/**
 * How many bytes of what lies in front the first string seems to begin with: the table before it may end without a zero. undefined: what stands at `place` are
 * no offsets of these strings.
 */
function strayBytes(view: DataView, place: number, offsets: readonly number[]): number | undefined {
  const second = offsets[1] ?? 0;
  const stray = second - view.getUint16(place + 2, true);
  const fits = stray >= 0 && stray < second && view.getUint16(place, true) === 0;
  return fits && offsets.every((offset, token) => token === 0 || view.getUint16(place + 2 * token, true) === offset - stray) ? stray : undefined;
}

/** The start of the string that is so many strings before; -1 when there are not so many. */
function backwards(buffer: Buffer, from: number, count: number): number {
  let at = from;
  for (let index = 0; index < count; index++) {
    if (at < 2 || from - at > maxTokens) return -1;
    at = buffer.lastIndexOf(0, at - 2) + 1;
  }
  return at;
}

const maxTokens = 2 ** 14;

/**
 * In front of the tokens stand kallsyms_num_syms, _names and _markers (before 6.4 _seqs_of_names too), each aligned to 8 bytes, in newer kernels to 4.
 * Addresses stand in front of all that (before 6.4) or behind the tokens.
 */
function tableAround(memory: ImageMemory, range: PlacedRange, tokens: Tokens): SymbolTable | undefined {
  const first = tokens.texts.map((text) => symbolTypes.test(text));
  for (let at = align(tokens.start - 4, 4); at >= 0 && tokens.start - at < maxNames; at -= 4) {
    if (range.bytes[at + 3] !== 0) continue;
    const count = range.view.getUint32(at, true);
    if (count < minSymbols || count > maxSymbols) continue;
    for (const to of alignments) {
      const names = at + to;
      if (!hasMarkers(range, names, count, tokens.start, to, first)) continue;
      const addresses = addressesBefore(memory, range, at, count) ?? addressesBehind(memory, range, align(tokens.end, to), count, to);
      if (addresses !== undefined) return { bytes: range.bytes, tokens: tokens.texts, names, count, address: addresses };
    }
  }
  return undefined;
}

const alignments = [8, 4] as const;

function align(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}

/** What the first token of a name begins with. */
const symbolTypes = /^[A-Za-z?]/;

const minSymbols = 256;
const maxSymbols = 2 ** 22;
const maxNames = 2 ** 26;

/** Every 256th name's offset: what walking over the names gives must be what stands behind them. */
function hasMarkers({ bytes, view }: PlacedRange, names: number, count: number, limit: number, to: number, first: readonly boolean[]): boolean {
  const marks: number[] = [];
  let at = names;
  for (let index = 0; index < count; index++) {
    if (index % 256 === 0) marks.push(at - names);
    const token = bytes[at + ((bytes[at] ?? 0) < 0x80 ? 1 : 2)] ?? 0;
    if (at >= limit || bytes[at] === 0 || first[token] !== true) return false;
    at = nameEnd(bytes, at);
  }
  const start = align(at, to);
  return start + 4 * marks.length <= limit && marks.every((mark, index) => view.getUint32(start + 4 * index, true) === mark);
}

/** A byte or two of length, then tokens. */
function nameEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  return first < 0x80 ? at + 1 + first : at + 2 + (first & 0x7f) + ((bytes[at + 1] ?? 0) << 7);
}

type Addresses = (index: number) => bigint;

/** kallsyms_offsets, kallsyms_relative_base, then the number of symbols. */
function addressesBefore(memory: ImageMemory, range: PlacedRange, count: number, symbols: number): Addresses | undefined {
  const base = count - 8;
  const offsets = base - align(4 * symbols, 8);
  return offsets < 0 ? undefined : relative(memory, range, offsets, base, symbols);
}

/** The same two behind the tokens. */
function addressesBehind(memory: ImageMemory, range: PlacedRange, end: number, symbols: number, to: number): Addresses | undefined {
  const base = align(end + 4 * symbols, to);
  if (base + 8 > range.bytes.length) return undefined;
  return relative(memory, range, end, base, symbols) ?? selfRelative(memory, range, end, symbols);
}

/**
 * Offsets from a base, which is the start of the kernel's text, rising; with CONFIG_KALLSYMS_ABSOLUTE_PERCPU those from 0 up are addresses themselves, of per-CPU variables, and the others
 * count down from base - 1.
 */
function relative(memory: ImageMemory, range: PlacedRange, offsets: number, base: number, symbols: number): Addresses | undefined {
  const { view } = range;
  const start = view.getBigUint64(base, true);
  if (memory.range(Number(start - memory.base), 1) === undefined) return undefined;
  const unsigned = (index: number): number => view.getUint32(offsets + 4 * index, true);
  // In order of addresses: those of per-CPU variables first.
  const split = (index: number): number => (unsigned(index) < 2 ** 31 ? unsigned(index) - 2 ** 31 : -view.getInt32(offsets + 4 * index, true));
  if (rises(unsigned, symbols)) return (index) => start + BigInt(unsigned(index));
  if (!rises(split, symbols)) return undefined;
  return (index) => (unsigned(index) < 2 ** 31 ? BigInt(unsigned(index)) : start - 1n + BigInt(split(index)));
}

/** Each from its own place, in kernels without a base: 7.2 has none. */
function selfRelative(memory: ImageMemory, range: PlacedRange, offsets: number, symbols: number): Addresses | undefined {
  const start = memory.base + BigInt(range.place + offsets);
  const offset = (index: number): number => 4 * index + range.view.getInt32(offsets + 4 * index, true);
  return rises(offset, symbols) ? (index) => start + BigInt(offset(index)) : undefined;
}

function rises(value: (index: number) => number, symbols: number): boolean {
  let before = value(0);
  for (let index = 1; index < symbols; index++) {
    const next = value(index);
    if (next < before) return false;
    before = next;
  }
  return true;
}
