// Short words for writing C types and definitions by hand.
import { pointerTo, type CType, type EnumDefinition, type IntType, type Member, type RecordDefinition, type Ref, type RefKind, type TypedefDefinition } from '../../src/ctype/ctype.ts';

const int = (name: string, size: number, signed: boolean, encoding: IntType['encoding'] = 'int'): IntType => ({ kind: 'int', name, size, signed, encoding });

export const char = int('char', 1, true, 'char');
export const bool = int('_Bool', 1, false, 'bool');
export const s32 = int('int', 4, true);
export const u32 = int('unsigned int', 4, false);
export const u16 = int('short unsigned int', 2, false);
export const u8 = int('unsigned char', 1, false);
export const s64 = int('long int', 8, true);
export const u64 = int('long unsigned int', 8, false);

export const ptr = pointerTo;
export const konst = (of: CType): CType => ({ kind: 'const', of });
export const volatile = (of: CType): CType => ({ kind: 'volatile', of });
export const array = (of: CType, count: number): CType => ({ kind: 'array', of, count });
export const func = (returns: CType, params: readonly (CType | [string, CType])[], variadic = false): CType => ({
  kind: 'function',
  returns,
  params: params.map((each) => (Array.isArray(each) ? { name: each[0], type: each[1] } : { name: null, type: each as CType })),
  variadic,
});

/** A leaf by name: `named('struct', 'sock')`. */
export const named = (kind: RefKind, name: string): Ref => ({ kind, name, key: null });

/** An anonymous leaf; the key finds its body. */
export const anonymous = (kind: RefKind, key: string): Ref => ({ kind, name: null, key });

const origin = { id: null, image: 'vmlinux', variant: 1, variants: 1 };

/** A member at a byte offset. */
export const at = (offset: number, name: string | null, type: CType): Member => ({ name, type, bitOffset: offset * 8, bitSize: null });

/** A bitfield at a bit offset. */
export const bits = (bitOffset: number, bitSize: number, name: string | null, type: CType): Member => ({ name, type, bitOffset, bitSize });

export const struct = (name: string | null, size: number, ...members: readonly Member[]): RecordDefinition => ({ ...origin, kind: 'struct', name, size, members });
export const union = (name: string | null, size: number, ...members: readonly Member[]): RecordDefinition => ({ ...origin, kind: 'union', name, size, members });
export const typedef = (name: string, type: CType): TypedefDefinition => ({ ...origin, kind: 'typedef', name, type });

export const enumeration = (name: string | null, values: Readonly<Record<string, number | bigint>>, size = 4, signed = false): EnumDefinition => ({
  ...origin, kind: 'enum', name, size, signed,
  values: Object.entries(values).map(([each, value]) => ({ name: each, value: BigInt(value) })),
});
