// `__attribute__((…))` and `_Alignas(…)` (gcc: Attribute Syntax): those that decide types and layouts, the rest is passed over.
import { sym, type Sym } from '../symbols.ts';
import type { Attributes, Context } from './context.ts';
import { word } from './keywords.ts';
import { stringText } from './literal.ts';
import { under, type Type } from './types.ts';

/** Reads attributes as often as they come. */
export function readAttributes(context: Context, into: Attributes): void {
  const { cursor } = context;
  while (cursor.class === word.attribute) {
    cursor.next();
    cursor.expect(sym['(']);
    cursor.expect(sym['(']);
    while (cursor.token !== sym[')']) readAttribute(context, into);
    cursor.next();
    cursor.expect(sym[')']);
  }
}

function readAttribute(context: Context, into: Attributes): void {
  const { cursor } = context;
  if (cursor.accept(sym[','])) return;
  const known = context.attributeNames.get(cursor.token);
  if (cursor.symbols.kind(cursor.token) !== 'identifier') return cursor.fail(`expected an attribute before ${cursor.found()}`);
  cursor.next();
  if (known === 'packed') into.packed = true;
  else if (known === 'aligned') align(into, cursor.token === sym['('] ? alignment(context) : context.target.abi.largestAlign);
  else if (known === 'mode') into.mode = modeName(context);
  else if (known === 'vector_size') into.vectorSize = vectorSize(context);
  else if (known === 'btf_type_tag') (into.tags ??= []).push(stringText(cursor.symbols.text(oneToken(context))));
  if (cursor.token === sym['(']) cursor.skipParentheses();
}

function align(into: Attributes, bytes: number): void {
  into.typeAlign = bytes;
  into.align = Math.max(into.align ?? 1, bytes);
}

function alignment(context: Context): number {
  const { cursor } = context;
  cursor.expect(sym['(']);
  const { value } = context.conditional();
  if (value === undefined) return cursor.fail('the alignment is no integer constant');
  if (value < 1n || value > 0x1000_0000n || (value & (value - 1n)) !== 0n) return cursor.fail(`the alignment ${value} is no power of two`);
  cursor.expect(sym[')']);
  return Number(value);
}

function modeName(context: Context): string {
  return context.cursor.symbols.text(oneToken(context)).replace(/^__(.*)__$/, '$1');
}

/** The one token in parentheses. */
function oneToken({ cursor }: Context): Sym {
  cursor.expect(sym['(']);
  const symbol = cursor.token;
  cursor.next();
  cursor.expect(sym[')']);
  return symbol;
}

function vectorSize(context: Context): number {
  const { cursor } = context;
  cursor.expect(sym['(']);
  const { value } = context.conditional();
  if (value === undefined || value < 1n || value > 0x1000n) return cursor.fail('the size of a vector is no integer constant of use');
  cursor.expect(sym[')']);
  return Number(value);
}

/** `_Alignas(type)`, `_Alignas(constant)`; 0 asks for nothing. */
export function readAlignas(context: Context, into: Attributes): void {
  const { cursor } = context;
  cursor.next();
  cursor.expect(sym['(']);
  if (context.startsType()) {
    align(into, context.target.leastAlignOf(context.typeName()));
  } else {
    const { value } = context.conditional();
    if (value === undefined) return cursor.fail('the alignment is no integer constant');
    if (value < 0n || value > 0x1000_0000n || (value & (value - 1n)) !== 0n) return cursor.fail(`the alignment ${value} is no power of two`);
    if (value > 0n) align(into, Number(value));
  }
  cursor.expect(sym[')']);
}

/** `mode` and `vector_size` make another type of the innermost one; `btf_type_tag` stands around it. */
export function retyped(context: Context, type: Type, { mode, vectorSize: size, tags }: Attributes): Type {
  let made = type;
  if (mode !== null) made = withMode(context, made, mode);
  if (size !== null) made = inner(made, (each) => vectorOf(context, each, size));
  for (const tag of tags ?? []) made = { kind: 'tag', tag, of: made };
  return made;
}

function vectorOf({ cursor, target }: Context, of: Type, size: number): Type {
  const element = target.sizeOf(of) ?? 0;
  if (element === 0 || size % element !== 0) return cursor.fail(`a vector of ${size} bytes does not consist of elements of ${element}`);
  return { kind: 'vector', of, count: size / element, size, align: Math.min(size, target.abi.largestVectorAlign) };
}

/** What the pointers, arrays and functions are made of in the end. */
function inner(type: Type, make: (type: Type) => Type): Type {
  switch (type.kind) {
    case 'ptr':
      return { kind: 'ptr', to: inner(type.to, make) };
    case 'array':
    case 'qualified':
      return { ...type, of: inner(type.of, make) };
    case 'function':
      return { ...type, returns: inner(type.returns, make) };
    default:
      return make(type);
  }
}

/** gcc's machine modes; sizes in bytes, 0 for that of a pointer. */
const integerModes: Readonly<Record<string, number>> = { QI: 1, byte: 1, HI: 2, SI: 4, DI: 8, TI: 16, word: 0, pointer: 0, unwind_word: 0 };
const floatModes: Readonly<Record<string, 'float' | 'double' | '_Float16' | '__float128' | 'long double'>> = { HF: '_Float16', SF: 'float', DF: 'double', XF: 'long double', TF: '__float128' };

/** Bytes of the integers of a mode; undefined when it is none of integers. */
export function sizeOfMode({ target }: Context, mode: string): number | undefined {
  const size = integerModes[mode];
  return size === 0 ? target.pointerSize : size;
}

function withMode(context: Context, type: Type, mode: string): Type {
  const { cursor, target } = context;
  const at = under(type);
  const size = sizeOfMode(context, mode);
  if (size !== undefined) {
    const from = at.kind === 'ptr' ? target.size : target.integer(at);
    if (from === undefined) return cursor.fail(`mode '${mode}' on what is no integer`);
    return target.integerOfSize(size, from.signed);
  }
  const float = floatModes[mode];
  if (float !== undefined) return target.float(float, float, false);
  return cursor.fail(`unknown mode '${mode}'`);
}
