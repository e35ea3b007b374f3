// Strings: literals written as numbers, copies that end at the NUL, comparisons.
import { layoutSize } from '../../bpf/layout.ts';
import type { BlockId, ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Value } from '../sema/builtin.ts';
import type { Emit } from './emit.ts';
import { addressOf } from './value.ts';

/** Writes the text and its NUL, cut to `size` bytes; in exact memory zeros up to the end. */
export function storeLiteral(e: Emit, text: string, size: number, base: ValueId, offset: number, exact: boolean): void {
  const bytes = bytesOf(text).slice(0, Math.max(0, size - 1));
  const end = exact ? size : Math.min(size, bytes.length + 1);
  let at = 0;
  while (at < end) {
    if (at >= bytes.length && end - at > 8) {
      e.ir.zero(base, offset + at, end - at);
      return;
    }
    const chunk = chunkSize(offset + at, end - at);
    e.ir.store(base, offset + at, chunk, e.ir.constant(numberAt(bytes, at, chunk)));
    at += chunk;
  }
}

/** One character of a literal is one byte. */
function bytesOf(text: string): readonly number[] {
  return [...text].map((character) => character.charCodeAt(0) & 0xff);
}

/** The largest aligned access that fits. */
function chunkSize(at: number, left: number): 1 | 2 | 4 | 8 {
  return ([8, 4, 2] as const).find((size) => at % size === 0 && left >= size) ?? 1;
}

/** Little-endian, zeros behind the end; signed, as an immediate wants it. */
function numberAt(bytes: readonly number[], at: number, size: number): bigint {
  let value = 0n;
  for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
  return BigInt.asIntN(size * 8, value);
}

/** A literal in a slot of its own. */
export function textValue(e: Emit, text: string): Value {
  const size = text.length + 1;
  const base = e.ir.slot(size, 'text');
  storeLiteral(e, text, size, base, 0, true);
  return { in: 'memory', base, offset: 0, layout: { kind: 'string', size }, type: { kind: 'string', size }, exact: true };
}

/** Copies a string, wherever it is, cut to `size` bytes with its NUL. */
export function storeString(e: Emit, value: Value, size: number, base: ValueId, offset: number, exact: boolean): void {
  if (size === 0) return;
  if (value.in === 'memory') storeFromMemory(e, value, size, base, offset, exact);
  else if (value.in === 'address') storeFromAddress(e, value, size, base, offset, exact);
  else e.ir.zero(base, offset, size);
}

function storeFromMemory(e: Emit, value: Extract<Value, { in: 'memory' }>, size: number, base: ValueId, offset: number, exact: boolean): void {
  const from = layoutSize(value.layout);
  if (exact && value.exact !== true) {
    e.ir.zero(base, offset, size);
    e.ir.helper('probe_read_kernel_str', [addressOf(e, base, offset), e.ir.constant(Math.min(size, from)), addressOf(e, value.base, value.offset)]);
    return;
  }
  const bytes = Math.min(size, from);
  e.ir.copy(base, offset, value.base, value.offset, bytes);
  if (from > size) e.ir.store(base, offset + size - 1, 1, e.ir.constant(0));
  if (exact) e.ir.zero(base, offset + bytes, size - bytes);
  else if (bytes < size) e.ir.store(base, offset + bytes, 1, e.ir.constant(0));
}

/** Character arrays up to this size are read whole, so that one without a NUL loses nothing; longer ones up to their NUL. */
const wholeArray = 64;

function storeFromAddress(e: Emit, value: Extract<Value, { in: 'address' }>, size: number, base: ValueId, offset: number, exact: boolean): void {
  const from = value.type.kind === 'string' ? value.type.size : size;
  const user = value.space === 'user';
  const to = addressOf(e, base, offset);
  const source = addressOf(e, value.address, value.offset);
  const bytes = e.ir.constant(Math.min(size, from));
  if (exact || from > wholeArray) {
    if (exact) e.ir.zero(base, offset, size);
    e.ir.helper(user ? 'probe_read_user_str' : 'probe_read_kernel_str', [to, bytes, source]);
    return;
  }
  e.ir.helper(user ? 'probe_read_user' : 'probe_read_kernel', [to, bytes, source]);
  if (from < size) e.ir.store(base, offset + from, 1, e.ir.constant(0));
}

/** Branches to `equal` or `different`, depending on whether two string expressions have the same text. */
export function branchStrings(e: Emit, left: Expression, right: Expression, equal: BlockId, different: BlockId): void {
  const [a, b] = [e.literalString(left), e.literalString(right)];
  if (a !== undefined && b !== undefined) e.ir.jump(a === b ? equal : different);
  else if (b !== undefined) branchLiteral(e, inMemory(e, left, false), b, equal, different);
  else if (a !== undefined) branchLiteral(e, inMemory(e, right, false), a, equal, different);
  else branchBuffers(e, left, right, equal, different);
}

/** Compares chunk by chunk up to the literal's NUL, and leaves at the first difference. */
function branchLiteral(e: Emit, value: Extract<Value, { in: 'memory' }>, text: string, equal: BlockId, different: BlockId): void {
  const bytes = bytesOf(text);
  const size = layoutSize(value.layout);
  // A buffer that the text fills has no NUL in it.
  const length = bytes.length + 1 <= size ? bytes.length + 1 : bytes.length;
  if (bytes.length > size) {
    e.ir.jump(different);
    return;
  }
  const chunks: { at: number; size: 1 | 2 | 4 | 8 }[] = [];
  for (let at = 0; at < length; ) {
    const chunk = chunkSize(value.offset + at, length - at);
    chunks.push({ at, size: chunk });
    at += chunk;
  }
  if (chunks.length === 0) e.ir.jump(equal);
  for (const [index, { at, size: chunk }] of chunks.entries()) {
    const here = e.ir.load(value.base, value.offset + at, chunk);
    const wanted = e.ir.constant(BigInt.asUintN(chunk * 8, numberAt(bytes, at, chunk)));
    const last = index === chunks.length - 1;
    const next = last ? equal : e.ir.block(e.fresh('same'));
    e.ir.branch('eq', here, wanted, next, different);
    if (!last) {
      e.ir.seal(next);
      e.ir.enter(next);
    }
  }
}

/** Both into buffers of one size with zeros behind the text, then eight bytes at a time. */
function branchBuffers(e: Emit, left: Expression, right: Expression, equal: BlockId, different: BlockId): void {
  const size = Math.ceil(Math.max(stringSize(e, left), stringSize(e, right)) / 8) * 8;
  const a = e.ir.slot(size, 'left');
  e.lowerInto(left, { kind: 'string', size }, a, 0, true);
  const b = e.ir.slot(size, 'right');
  e.lowerInto(right, { kind: 'string', size }, b, 0, true);
  branchBytes(e, { base: a, offset: 0 }, { base: b, offset: 0 }, size, equal, different);
}

function stringSize(e: Emit, expression: Expression): number {
  const type = e.typeOf(expression);
  return type.kind === 'string' ? type.size : 8;
}

/** Compares two pieces of memory; larger ones in a loop. */
export function branchBytes(e: Emit, a: { base: ValueId; offset: number }, b: { base: ValueId; offset: number }, size: number, equal: BlockId, different: BlockId): void {
  const loopLimit = 64;
  if (size > loopLimit && size % 8 === 0) {
    branchWords(e, addressOf(e, a.base, a.offset), addressOf(e, b.base, b.offset), size, equal, different);
    return;
  }
  if (size === 0) e.ir.jump(equal);
  for (let at = 0; at < size; ) {
    const chunk = chunkSize((a.offset | b.offset) + at, size - at);
    const next = at + chunk >= size ? equal : e.ir.block(e.fresh('same'));
    e.ir.branch('eq', e.ir.load(a.base, a.offset + at, chunk), e.ir.load(b.base, b.offset + at, chunk), next, different);
    at += chunk;
    if (at < size) {
      e.ir.seal(next);
      e.ir.enter(next);
    }
  }
}

function branchWords(e: Emit, a: ValueId, b: ValueId, size: number, equal: BlockId, different: BlockId): void {
  const { ir } = e;
  const at = e.fresh('at');
  const loop = ir.block(at);
  const same = ir.block(e.fresh('same'));
  ir.write(at, ir.constant(0));
  ir.jump(loop);
  ir.enter(loop);
  const position = ir.read(at);
  ir.branch('eq', ir.load(ir.binary('add', a, position), 0, 8), ir.load(ir.binary('add', b, position), 0, 8), same, different);
  ir.seal(same);
  ir.enter(same);
  const next = ir.binary('add', position, ir.constant(8));
  ir.write(at, next);
  ir.branch('ult', next, ir.constant(size), loop, equal, 'then');
  ir.seal(loop);
}

/** The value as bytes that can be loaded; what is elsewhere is copied to a slot. */
export function inMemory(e: Emit, expression: Expression, exact: boolean): Extract<Value, { in: 'memory' }> {
  const value = e.lower(expression);
  if (value.in === 'memory' && (!exact || value.exact === true)) return value;
  const type = e.typeOf(expression);
  const layout = e.layoutOf(type);
  const base = e.ir.slot(Math.max(1, layoutSize(layout)), 'copy');
  e.store(value, layout, base, 0, exact);
  return { in: 'memory', base, offset: 0, layout, type, exact };
}
