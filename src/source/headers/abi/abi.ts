// What differs between architectures in the memory of C: sizes and alignments as gcc for Linux has them (System V ABI of x86-64 and i386, AAPCS64, AAPCS).

export type AbiName = 'x86_64' | 'i386' | 'arm64' | 'arm';

/** Sizes and alignments in bytes. */
export interface Abi {
  readonly name: AbiName;
  readonly pointerSize: 4 | 8;
  /** `char` without a word about its sign, when no option of the compiler decides it. */
  readonly charSigned: boolean;
  readonly types: Readonly<Record<BaseTypeName, Form>>;
  /** __int128 exists. */
  readonly int128: boolean;
  /** The widest integer that the machine has as such. */
  readonly largestIntegerBits: number;
  /** What `aligned` without a number asks for. */
  readonly largestAlign: number;
  /** Most that a vector is aligned to. */
  readonly largestVectorAlign: number;
  /**
   * Most that a member of 8 bytes and more is aligned to, if nobody asked for more: i386 keeps the alignment that it had before those types
   * were worth it. null: as outside of records.
   */
  readonly largestMemberAlign: number | null;
  /** An unnamed bitfield, one of no width too, lends its record the alignment of its type. */
  readonly unnamedBitfieldsAlign: boolean;
  readonly sizeType: BaseTypeName;
  readonly differenceType: BaseTypeName;
  /** Without -fshort-wchar. */
  readonly wideType: BaseTypeName;
  /** The type of 8 bytes that `mode(DI)` means. */
  readonly doubleIntType: BaseTypeName;
  readonly vaList: VaList;
}

/** DWARF's spelling of the signed or only form; the unsigned one has the same size. */
export type BaseTypeName = 'char' | 'short int' | 'int' | 'unsigned int' | 'long int' | 'long unsigned int' | 'long long int' | '__int128' | '_Bool' | 'float' | 'double' | 'long double' | '_Float16' | '__float128';

export interface Form {
  readonly size: number;
  /** Outside of records. */
  readonly align: number;
}

/** __builtin_va_list */
export interface VaList {
  readonly kind: 'array' | 'struct' | 'pointer';
  /** Name of the struct, and its members in the order of declaration. */
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly type: 'pointer' | 'int' | 'unsigned int' }[];
}

const natural = (size: number): Form => ({ size, align: size });

function types(long: number, special: Partial<Record<BaseTypeName, Form>>): Readonly<Record<BaseTypeName, Form>> {
  return {
    char: natural(1), 'short int': natural(2), int: natural(4), 'unsigned int': natural(4), 'long int': natural(long), 'long unsigned int': natural(long),
    'long long int': natural(8), __int128: natural(16), _Bool: natural(1), float: natural(4), double: natural(8), 'long double': natural(16), _Float16: natural(2), __float128: natural(16),
    ...special,
  };
}

const wide = { pointerSize: 8, int128: true, largestIntegerBits: 128, largestAlign: 16, largestMemberAlign: null, sizeType: 'long unsigned int', differenceType: 'long int', doubleIntType: 'long int' } as const;
const narrow = { pointerSize: 4, int128: false, largestIntegerBits: 64, sizeType: 'unsigned int', differenceType: 'int', doubleIntType: 'long long int' } as const;

export const abis: Readonly<Record<AbiName, Abi>> = {
  x86_64: {
    name: 'x86_64',
    ...wide,
    charSigned: true,
    types: types(8, {}),
    largestVectorAlign: 64,
    unnamedBitfieldsAlign: false,
    wideType: 'int',
    vaList: {
      kind: 'array',
      name: '__va_list_tag',
      members: [{ name: 'gp_offset', type: 'unsigned int' }, { name: 'fp_offset', type: 'unsigned int' }, { name: 'overflow_arg_area', type: 'pointer' }, { name: 'reg_save_area', type: 'pointer' }],
    },
  },
  i386: {
    name: 'i386',
    ...narrow,
    charSigned: true,
    types: types(4, { 'long double': { size: 12, align: 4 } }),
    largestAlign: 16,
    largestVectorAlign: 64,
    largestMemberAlign: 4,
    unnamedBitfieldsAlign: false,
    wideType: 'long int',
    vaList: { kind: 'pointer', name: '', members: [] },
  },
  arm64: {
    name: 'arm64',
    ...wide,
    charSigned: false,
    types: types(8, {}),
    largestVectorAlign: 16,
    unnamedBitfieldsAlign: true,
    wideType: 'unsigned int',
    vaList: {
      kind: 'struct',
      name: '__va_list',
      members: [
        { name: '__stack', type: 'pointer' }, { name: '__gr_top', type: 'pointer' }, { name: '__vr_top', type: 'pointer' },
        { name: '__gr_offs', type: 'int' }, { name: '__vr_offs', type: 'int' },
      ],
    },
  },
  arm: {
    name: 'arm',
    ...narrow,
    charSigned: false,
    types: types(4, { 'long double': natural(8) }),
    largestAlign: 8,
    largestVectorAlign: 8,
    largestMemberAlign: null,
    unnamedBitfieldsAlign: true,
    wideType: 'unsigned int',
    vaList: { kind: 'struct', name: '__va_list', members: [{ name: '__ap', type: 'pointer' }] },
  },
};
