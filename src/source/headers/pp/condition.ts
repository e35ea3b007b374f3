// The expression of an #if (C11 6.10.1): integers of 64 bits, signed or not, names that are no macros are 0.
import { sym, type Sym, type Symbols } from '../symbols.ts';
import { flagBits, type Packed } from './lexer.ts';

export interface ConditionReader {
  readonly symbols: Symbols;
  /** The next token, macros expanded; 0 at the end of the line. */
  next(): Packed;
  /** The next token as it stands. */
  nextRaw(): Packed;
  isDefined(name: Sym): boolean;
  /** `__has_attribute` and its like; undefined: no such question. */
  has(question: Sym, readRaw: () => Packed): bigint | undefined;
}

interface Value {
  readonly bits: bigint;
  readonly unsigned: boolean;
}

/** What is wrong with an expression. */
export class BadCondition extends Error {}

/** Throws BadCondition. */
export function isTrue(reader: ConditionReader): boolean {
  return new Condition(reader).whole().bits !== 0n;
}

const maxDepth = 250;

class Condition {
  #token: Packed = 0;
  #depth = 0;
  /** Above 0: the value does not count, so a division by zero in it is none. */
  #idle = 0;

  constructor(readonly reader: ConditionReader) {}

  whole(): Value {
    this.#advance();
    if (this.#token === 0) throw new BadCondition('#if with no expression');
    const value = this.#comma();
    if (this.#token !== 0) throw new BadCondition(`missing binary operator before token "${this.#text()}"`);
    return value;
  }

  #advance(): void {
    this.#token = this.reader.next();
  }

  get #symbol(): Sym {
    return this.#token >> flagBits;
  }

  #text(): string {
    return this.reader.symbols.text(this.#symbol);
  }

  #comma(): Value {
    let value = this.#ternary();
    while (this.#symbol === sym[',']) {
      this.#advance();
      value = this.#ternary();
    }
    return value;
  }

  #ternary(): Value {
    if (++this.#depth > maxDepth) throw new BadCondition(`expression is nested deeper than ${maxDepth}`);
    const condition = this.#binary(1);
    if (this.#symbol !== sym['?']) {
      this.#depth--;
      return condition;
    }
    this.#advance();
    const yes = condition.bits !== 0n;
    const then = this.#unless(!yes, () => this.#comma());
    if (this.#symbol !== sym[':']) throw new BadCondition("'?' without following ':'");
    this.#advance();
    const otherwise = this.#unless(yes, () => this.#ternary());
    this.#depth--;
    return made(yes ? then.bits : otherwise.bits, then.unsigned || otherwise.unsigned);
  }

  #unless(idle: boolean, read: () => Value): Value {
    if (idle) this.#idle++;
    const value = read();
    if (idle) this.#idle--;
    return value;
  }

  #binary(lowest: number): Value {
    let left = this.#unary();
    for (;;) {
      const operator = operators.get(this.#symbol);
      if (operator === undefined || operator.level < lowest) return left;
      this.#advance();
      const known = operator.decides?.(left.bits) ?? false;
      const right = this.#unless(known, () => this.#binary(operator.level + 1));
      left = this.#apply(operator, left, right);
    }
  }

  #apply(operator: Operator, left: Value, right: Value): Value {
    const unsigned = left.unsigned || right.unsigned;
    if (operator.shift === true) return made(operator.apply(left.bits, shiftCount(right)), left.unsigned);
    if (operator.divides === true && right.bits === 0n) {
      if (this.#idle === 0) throw new BadCondition('division by zero in #if');
      return made(0n, unsigned);
    }
    const bits = operator.apply(unsigned ? BigInt.asUintN(64, left.bits) : left.bits, unsigned ? BigInt.asUintN(64, right.bits) : right.bits);
    return made(bits, operator.logical !== true && unsigned);
  }

  #unary(): Value {
    if (++this.#depth > maxDepth) throw new BadCondition(`expression is nested deeper than ${maxDepth}`);
    const value = this.#prefixed();
    this.#depth--;
    return value;
  }

  #prefixed(): Value {
    const apply = prefixes.get(this.#symbol);
    if (apply === undefined) return this.#primary();
    this.#advance();
    return apply(this.#unary());
  }

  #primary(): Value {
    const { symbols } = this.reader;
    const symbol = this.#symbol;
    if (this.#token === 0) throw new BadCondition('#if with an expression that ends too early');
    if (symbol === sym['(']) {
      this.#advance();
      const value = this.#comma();
      if (this.#symbol !== sym[')']) throw new BadCondition("missing ')' in expression");
      this.#advance();
      return value;
    }
    const value = this.#atom(symbol, symbols.kind(symbol));
    this.#advance();
    return value;
  }

  #atom(symbol: Sym, kind: ReturnType<Symbols['kind']>): Value {
    const text = this.#text();
    switch (kind) {
      case 'number':
        return integer(text);
      case 'character':
        return made(character(text), false);
      case 'identifier': {
        if (symbol === sym.defined) return made(this.#defined() ? 1n : 0n, false);
        const answer = this.reader.has(symbol, () => this.reader.nextRaw());
        return made(answer ?? 0n, false);
      }
      default:
        throw new BadCondition(`token "${text}" is not valid in preprocessor expressions`);
    }
  }

  /** Stops on its last token. */
  #defined(): boolean {
    let name = this.reader.nextRaw() >> flagBits;
    const parenthesised = name === sym['('];
    if (parenthesised) name = this.reader.nextRaw() >> flagBits;
    if (this.reader.symbols.kind(name) !== 'identifier') throw new BadCondition("operator \"defined\" requires an identifier");
    if (parenthesised && this.reader.nextRaw() >> flagBits !== sym[')']) throw new BadCondition("missing ')' after \"defined\"");
    return this.reader.isDefined(name);
  }
}

function made(bits: bigint, unsigned: boolean): Value {
  return { bits: unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits), unsigned };
}

interface Operator {
  readonly level: number;
  readonly apply: (a: bigint, b: bigint) => bigint;
  /** Comparisons and the like: 0 or 1, signed. */
  readonly logical?: boolean;
  readonly shift?: boolean;
  readonly divides?: boolean;
  /** The left operand decides: the right one does not count. */
  readonly decides?: (left: bigint) => boolean;
}

const truth = (test: (a: bigint, b: bigint) => boolean) => (a: bigint, b: bigint): bigint => (test(a, b) ? 1n : 0n);

const operators: ReadonlyMap<Sym, Operator> = new Map<Sym, Operator>([
  [sym['||'], { level: 1, logical: true, apply: truth((a, b) => a !== 0n || b !== 0n), decides: (left) => left !== 0n }],
  [sym['&&'], { level: 2, logical: true, apply: truth((a, b) => a !== 0n && b !== 0n), decides: (left) => left === 0n }],
  [sym['|'], { level: 3, apply: (a, b) => a | b }],
  [sym['^'], { level: 4, apply: (a, b) => a ^ b }],
  [sym['&'], { level: 5, apply: (a, b) => a & b }],
  [sym['=='], { level: 6, logical: true, apply: truth((a, b) => a === b) }],
  [sym['!='], { level: 6, logical: true, apply: truth((a, b) => a !== b) }],
  [sym['<'], { level: 7, logical: true, apply: truth((a, b) => a < b) }],
  [sym['>'], { level: 7, logical: true, apply: truth((a, b) => a > b) }],
  [sym['<='], { level: 7, logical: true, apply: truth((a, b) => a <= b) }],
  [sym['>='], { level: 7, logical: true, apply: truth((a, b) => a >= b) }],
  [sym['<<'], { level: 8, shift: true, apply: (a, b) => (b < 0n ? a >> -b : b > 63n ? 0n : a << b) }],
  [sym['>>'], { level: 8, shift: true, apply: (a, b) => (b < 0n ? a << -b : a >> b) }],
  [sym['+'], { level: 9, apply: (a, b) => a + b }],
  [sym['-'], { level: 9, apply: (a, b) => a - b }],
  [sym['*'], { level: 10, apply: (a, b) => a * b }],
  [sym['/'], { level: 10, divides: true, apply: (a, b) => a / b }],
  [sym['%'], { level: 10, divides: true, apply: (a, b) => a % b }],
]);

/** Counts beyond the width shift everything out; a negative one shifts the other way, as gcc does. */
function shiftCount({ bits, unsigned }: Value): bigint {
  const count = unsigned ? BigInt.asUintN(64, bits) : bits;
  return count > 64n ? 64n : count < -64n ? -64n : count;
}

const prefixes: ReadonlyMap<Sym, (value: Value) => Value> = new Map([
  [sym['+'], (value: Value) => value],
  [sym['-'], ({ bits, unsigned }: Value) => made(-bits, unsigned)],
  [sym['~'], ({ bits, unsigned }: Value) => made(~bits, unsigned)],
  [sym['!'], ({ bits }: Value) => made(bits === 0n ? 1n : 0n, false)],
]);

function integer(text: string): Value {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)([uU]?(?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)$/.exec(text);
  const [, digits = '', suffix = ''] = match ?? [];
  const octal = /^0\d/.test(digits);
  if (match === null || (octal && /[89]/.test(digits))) throw new BadCondition(/[.eEpP]/.test(text) && !/^0[xX]/.test(text) ? 'floating constant in preprocessor expression' : `invalid suffix or digit in "${text}"`);
  const bits = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  if (bits >= 1n << 64n) throw new BadCondition('integer constant is too large for its type');
  return made(bits, /u/i.test(suffix) || bits >= 1n << 63n);
}

const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, e: 27, E: 27, '\\': 92, "'": 39, '"': 34, '?': 63 };

/** The value of a character constant; several characters make one int, as gcc does. */
export function character(text: string): bigint {
  const inside = text.slice(text.indexOf("'") + 1, -1);
  const wide = !text.startsWith("'");
  const codes = [...inside.matchAll(/\\x([0-9a-fA-F]+)|\\([0-7]{1,3})|\\(.)|([^])/g)].map(([, hex, octal, escape, plain]) =>
    hex !== undefined ? parseInt(hex, 16) : octal !== undefined ? parseInt(octal, 8) : escape !== undefined ? (escapes[escape] ?? escape.charCodeAt(0)) : (plain ?? '').charCodeAt(0));
  if (codes.length === 0) throw new BadCondition('empty character constant');
  if (wide) return BigInt(codes[0] ?? 0);
  if (codes.length === 1) return BigInt.asIntN(8, BigInt(codes[0] ?? 0));
  return BigInt.asIntN(32, codes.reduce((value, code) => (value << 8n) | BigInt(code & 0xff), 0n));
}
