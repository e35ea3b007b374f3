// printf: a format cut at its conversions becomes one closure over the bytes of the event. Integers are formatted as printf(3) does.
// Without a length modifier they are 32 bits wide, and a precision does not cut strings: bpftrace's rules.
import { NotSupported } from '../base/errors.ts';
import type { Layout } from '../bpf/layout.ts';
import type { FormatPiece } from '../bpf/spec.ts';
import type { Decoder, Memory } from './decode.ts';
import { decoder } from './decode.ts';
import { bufferText, hexByte, valueText } from './print/valuetext.ts';
import type { Resolver } from './resolver.ts';
import { numberOf, type Value } from './value.ts';

/** The text of one event, as a byte string. */
export type Formatter = (memory: Memory, offset: number) => string;

/** Throws NotSupported for a conversion that is not known. */
export function formatter(pieces: readonly FormatPiece[], payload: Extract<Layout, { kind: 'tuple' }>, resolver: Resolver): Formatter {
  const fields = payload.elements.map((field) => ({ offset: field.offset, decode: decoder(field.layout, resolver) }));
  const conversions = pieces.flatMap((piece) => piece.conversion ?? []);
  const stars = conversions.reduce((sum, { width, precision }) => sum + Number(width === '*') + Number(precision === '*'), 0);
  const starred = stars > 0 && fields.length === conversions.length + stars;
  let next = 0;
  const take = (): Reader | undefined => {
    const field = fields[next++];
    return field && { decode: field.decode, offset: field.offset };
  };
  const parts = pieces.map((piece) => {
    const { text } = piece;
    return piece.conversion === undefined ? () => text : withText(text, compile(piece.conversion, starred ? take : () => undefined, take));
  });
  return (memory, offset) => {
    let text = '';
    for (const part of parts) text += part(memory, offset);
    return text;
  };
}

type Conversion = NonNullable<FormatPiece['conversion']>;

interface Reader {
  readonly decode: Decoder;
  readonly offset: number;
}

function withText(text: string, rest: Formatter): Formatter {
  return text === '' ? rest : (memory, offset) => text + rest(memory, offset);
}

/** How a conversion is to be laid out; width and precision are -1 where they are not given. */
interface Style {
  readonly left: boolean;
  readonly zero: boolean;
  readonly sign: '' | '+' | ' ';
  readonly alternate: boolean;
  readonly width: number;
  readonly precision: number;
  readonly bits: number;
}

function compile(conversion: Conversion, takeStar: () => Reader | undefined, take: () => Reader | undefined): Formatter {
  const { flags, type } = conversion;
  const convert = conversionsByType[type];
  if (convert === undefined) throw new NotSupported(`%${type}`, `printf: the conversion %${type} is not supported`);
  const width = conversion.width === '*' ? takeStar() : undefined;
  const precision = conversion.precision === '*' ? takeStar() : undefined;
  const value = take();
  if (value === undefined) throw new RangeError(`printf: no argument for %${type}`);
  const style: Style = {
    left: flags.includes('-'),
    zero: flags.includes('0'),
    sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '',
    alternate: flags.includes('#'),
    width: fixed(conversion.width),
    precision: fixed(conversion.precision),
    bits: lengths[conversion.length] ?? 32,
  };
  if (width === undefined && precision === undefined) return (memory, at) => convert(value.decode(memory, at + value.offset), style);
  return (memory, at) => convert(value.decode(memory, at + value.offset), atRunTime(style, read(width, memory, at), read(precision, memory, at)));
}

function fixed(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : -1;
}

function read(reader: Reader | undefined, memory: Memory, at: number): number | undefined {
  return reader && Number(BigInt.asIntN(32, numberOf(reader.decode(memory, at + reader.offset)) ?? 0n));
}

/** A negative width means `-`, as in C. */
function atRunTime(style: Style, width: number | undefined, precision: number | undefined): Style {
  return {
    ...style,
    left: style.left || (width !== undefined && width < 0),
    width: width === undefined ? style.width : Math.abs(width),
    precision: precision ?? style.precision,
  };
}

/** Bits of an integer by length modifier. */
const lengths: Readonly<Record<string, number>> = { hh: 8, h: 16, '': 32, l: 64, ll: 64, L: 64, j: 64, z: 64, t: 64 };

const conversionsByType: Readonly<Record<string, (value: Value, style: Style) => string>> = {
  d: signed,
  i: signed,
  u: (value, style) => unsigned(value, style, 10, ''),
  o: octal,
  x: (value, style) => unsigned(value, style, 16, '0x'),
  X: (value, style) => unsigned(value, style, 16, '0x').toUpperCase(),
  p: (value, style) => pointer(value, style),
  c: (value, style) => pad(String.fromCharCode(Number(BigInt.asUintN(8, numberOf(value) ?? 0n))), style),
  s: (value, style) => pad(valueText(value), style),
  r: (value, style) => pad(value.kind === 'buffer' ? bufferText(value.bytes) : valueText(value), style),
  rx: (value, style) => pad(value.kind === 'buffer' ? Array.from(value.bytes, (byte) => `\\x${hexByte(byte)}`).join('') : valueText(value), style),
  rh: (value, style) => pad(value.kind === 'buffer' ? Array.from(value.bytes, hexByte).join(' ') : valueText(value), style),
};

function signed(value: Value, style: Style): string {
  const number = numberOf(value);
  if (number === undefined) return pad(valueText(value), style);
  const cut = BigInt.asIntN(style.bits, number);
  return integer(String(cut < 0n ? -cut : cut), cut < 0n ? '-' : style.sign, style);
}

function unsigned(value: Value, style: Style, base: 8 | 10 | 16, prefix: string): string {
  const number = numberOf(value);
  if (number === undefined) return pad(valueText(value), style);
  const cut = BigInt.asUintN(style.bits, number);
  return integer(cut.toString(base), style.alternate && cut !== 0n ? prefix : '', style);
}

/** The prefix of `#` is a leading zero, which a precision may have put there already. */
function octal(value: Value, style: Style): string {
  const cut = BigInt.asUintN(style.bits, numberOf(value) ?? 0n);
  return unsigned(value, style, 8, cut.toString(8).length < style.precision ? '' : '0');
}

function pointer(value: Value, style: Style): string {
  const number = numberOf(value);
  return number === undefined ? pad(valueText(value), style) : integer(BigInt.asUintN(64, number).toString(16), number === 0n ? '' : '0x', style);
}

/** Zeros go between the prefix (sign, 0x) and the digits; `-` and a precision switch the flag 0 off. */
function integer(digits: string, prefix: string, style: Style): string {
  const least = style.precision >= 0 ? style.precision : style.zero && !style.left ? style.width - prefix.length : 0;
  return pad(prefix + digits.padStart(least, '0'), style);
}

function pad(text: string, style: Style): string {
  return style.left ? text.padEnd(style.width) : text.padStart(style.width);
}
