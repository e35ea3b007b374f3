// Huffman codes of Zstandard's literals (RFC 8878, section 4.2).
import { BackwardBits, readTable } from './fse.ts';

/** By the next `log` bits: the symbol in the low byte, the length of its code above. */
export interface HuffmanTable {
  readonly log: number;
  readonly codes: Uint16Array;
}

/** Reads the weights of symbols and makes the table. Returns how many bytes they took, or what is wrong. */
export function readHuffman(bytes: Uint8Array, start: number, end: number): { readonly table: HuffmanTable; readonly size: number } | string {
  const header = bytes[start] ?? 0;
  const direct = header >= 128;
  const size = 1 + (direct ? (header - 126) >> 1 : header);
  if (start + size > end) return 'the Huffman weights have no end';
  const weights = direct ? directWeights(bytes, start + 1, header - 127) : packedWeights(bytes, start + 1, start + size);
  if (typeof weights === 'string') return weights;
  const table = makeTable(weights);
  return typeof table === 'string' ? table : { table, size };
}

/** Four bits each. */
function directWeights(bytes: Uint8Array, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => {
    const byte = bytes[start + (index >> 1)] ?? 0;
    return index % 2 === 0 ? byte >> 4 : byte & 15;
  });
}

/** Two FSE states take turns until the bits are used up. */
function packedWeights(bytes: Uint8Array, start: number, end: number): number[] | string {
  const read = readTable(bytes, start, end, 6, 255);
  if (typeof read === 'string') return read;
  const { table } = read;
  const bits = BackwardBits.of(bytes, start + read.size, end - start - read.size);
  if (bits === undefined) return 'the Huffman weights have no end mark';
  const states = [bits.read(table.log), bits.read(table.log)];
  const weights: number[] = [];
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    const state = states[turn] ?? 0;
    weights.push(table.symbol[state] ?? 0);
    const width = table.bits[state] ?? 0;
    if (width > bits.left) {
      weights.push(table.symbol[states[turn ^ 1] ?? 0] ?? 0);
      return weights;
    }
    states[turn] = (table.base[state] ?? 0) + bits.read(width);
  }
  return 'more than 255 Huffman weights';
}

/** The last symbol's weight is what the others leave. */
function makeTable(weights: readonly number[]): HuffmanTable | string {
  const sum = weights.reduce((all, weight) => all + (weight > 0 ? 2 ** (weight - 1) : 0), 0);
  if (sum === 0 || sum >= 2 ** maxLog) return `the Huffman weights add up to ${sum}`;
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  if ((rest & (rest - 1)) !== 0) return `the Huffman weights add up to ${sum}: no weight completes them`;
  const all = [...weights, 32 - Math.clz32(rest)];
  const codes = new Uint16Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    all.forEach((own, symbol) => {
      if (own !== weight) return;
      codes.fill(((log + 1 - weight) << 8) | symbol, at, at + (1 << (weight - 1)));
      at += 1 << (weight - 1);
    });
  }
  return at === codes.length ? { log, codes } : `the Huffman weights fill ${at} of ${codes.length} codes`;
}

const maxLog = 11;

/** One stream of `count` symbols into `out`. False: it has more or fewer. */
export function readSymbols(table: HuffmanTable, bytes: Uint8Array, start: number, size: number, out: Uint8Array, at: number, count: number): boolean {
  const bits = BackwardBits.of(bytes, start, size);
  if (bits === undefined) return false;
  const { log, codes } = table;
  for (let index = at; index < at + count; index++) {
    const code = codes[bits.peek(log)] ?? 0;
    out[index] = code & 0xff;
    bits.skip(code >> 8);
  }
  return bits.left === 0;
}
