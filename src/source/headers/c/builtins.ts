// gcc's builtin functions that are constants when their arguments are.
import { unknown, constant, type Operand } from './operand.ts';
import type { Target } from './target.ts';
import { pointerTo, voidType, type IntegerType, type Type } from './types.ts';

/** A call of `__builtin_…`; of those that are not known here, the type is int, as undeclared functions once had. */
export function callBuiltin(target: Target, name: string, args: readonly Operand[]): Operand {
  const [first] = args;
  if (name === '__builtin_expect' || name === '__builtin_expect_with_probability') return expected(target, first);
  if (name === '__builtin_strlen' && first !== undefined) return constant(target.size, first.text === undefined ? undefined : BigInt(first.text.split('\0', 1)[0]?.length ?? 0));
  const swap = /^__builtin_bswap(16|32|64)$/.exec(name);
  if (swap !== null) return swapped(target, Number(swap[1]) / 8, first);
  const bits = /^__builtin_(ffs|clz|ctz|clrsb|popcount|parity)(l|ll)?$/.exec(name);
  if (bits !== null) return counted(target, bits[1] ?? '', wordOf(target, bits[2]), first);
  return unknown(returned(target, name) ?? target.ints.signed);
}

function expected(target: Target, first: Operand | undefined): Operand {
  const value = first?.value;
  return constant(target.longs.signed, value === undefined ? undefined : BigInt.asIntN(8 * target.longs.signed.size, value));
}

function wordOf({ ints, longs, longLongs }: Target, suffix: string | undefined): IntegerType {
  return suffix === undefined ? ints.unsigned : suffix === 'l' ? longs.unsigned : longLongs.unsigned;
}

function swapped(target: Target, size: number, operand: Operand | undefined): Operand {
  const type = target.integerOfSize(size, false);
  if (operand?.value === undefined) return unknown(type);
  let [from, to] = [BigInt.asUintN(8 * size, operand.value), 0n];
  for (let at = 0; at < size; at++) {
    to = (to << 8n) | (from & 0xffn);
    from >>= 8n;
  }
  return constant(type, to);
}

function counted(target: Target, what: string, { size }: IntegerType, operand: Operand | undefined): Operand {
  const type = target.ints.signed;
  if (operand?.value === undefined) return unknown(type);
  const count = counts[what]?.(BigInt.asUintN(8 * size, operand.value).toString(2), 8 * size);
  return constant(type, count === undefined ? undefined : BigInt(count));
}

/** Of the binary digits of a value, without zeroes in front; undefined where the result is open. */
const counts: Readonly<Record<string, (digits: string, width: number) => number | undefined>> = {
  ffs: (digits) => (digits === '0' ? 0 : digits.length - digits.lastIndexOf('1')),
  clz: (digits, width) => (digits === '0' ? undefined : width - digits.length),
  ctz: (digits) => (digits === '0' ? undefined : digits.length - 1 - digits.lastIndexOf('1')),
  clrsb: (digits, width) => (digits.length < width ? width - (digits === '0' ? 0 : digits.length) - 1 : (digits.includes('0') ? digits.indexOf('0') : width) - 1),
  popcount: (digits) => digits.replaceAll('0', '').length,
  parity: (digits) => digits.replaceAll('0', '').length % 2,
};

function returned(target: Target, name: string): Type | undefined {
  const plain = name.replace(/^__builtin_(?:__)?/, '').replace(/_chk$/, '');
  if (pointers.has(plain)) return pointerTo(voidType);
  if (nothing.has(plain)) return voidType;
  if (texts.has(plain)) return pointerTo(target.char);
  return plain === 'object_size' || plain === 'dynamic_object_size' || plain === 'strlen' ? target.size : undefined;
}

const pointers: ReadonlySet<string> = new Set(['memcpy', 'memmove', 'memset', 'mempcpy', 'memchr', 'alloca', 'malloc', 'calloc', 'return_address', 'extract_return_addr', 'frame_address', 'assume_aligned', 'thread_pointer']);
const nothing: ReadonlySet<string> = new Set(['unreachable', 'trap', 'prefetch', 'va_start', 'va_end', 'va_copy', 'abort', 'clear_padding']);
const texts: ReadonlySet<string> = new Set(['strcpy', 'strncpy', 'strcat', 'strncat', 'strchr', 'strrchr', 'strstr', 'strpbrk', 'stpcpy', 'FUNCTION', 'FILE']);
