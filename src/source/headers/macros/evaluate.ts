// Values of expressions as macros spell them, when all macros in them are expanded: C's constant expressions (C11 6.6), with what gcc allows in them.
import type { CType, IntType } from '../../../ctype/ctype.ts';
import { findMember, recordOf } from '../../../ctype/member.ts';
import { sizeOf, strip, type Types } from '../../../ctype/types.ts';
import { characterValue, numberValue } from './literals.ts';
import { TypeNames } from './typenames.ts';
import { binary, convert, int, integerValue, precedence, promoted, type Integer, type Value } from './values.ts';

export interface Scope {
  readonly types: Types;
  /** Whether `char` has no sign. */
  readonly unsignedChar: boolean;
  /** Bytes that a type is aligned to; undefined where that is not known. */
  readonly alignOf?: (type: CType) => number | undefined;
}

/** What names mean inside a function-like macro: a value that is known, or `undefined` for one that is not. */
export type Bindings = ReadonlyMap<string, Value | undefined>;

/** undefined: the tokens are no expression, one that has an effect, or one of something that only a running kernel knows. */
export function evaluate(tokens: readonly string[], scope: Scope, bindings: Bindings = new Map()): Value | undefined {
  try {
    const reader = new Expression(tokens, scope, bindings);
    return reader.whole();
  } catch (error) {
    if (error instanceof NoValue) return undefined;
    throw error;
  }
}

/** Ends an evaluation: nothing is wrong with that, and nobody asks where it was. */
class NoValue extends Error {}
const noValue = new NoValue('no value');

const unknown: Value = { bits: undefined, integer: undefined };

class Expression {
  #at = 0;
  #depth = 0;
  /** Above 0 in operands that are not evaluated: what has no value there does no harm. */
  #skipped = 0;
  readonly #names: TypeNames;

  constructor(
    readonly tokens: readonly string[],
    readonly scope: Scope,
    readonly bindings: Bindings,
  ) {
    this.#names = new TypeNames(tokens, scope.types, scope.unsignedChar, (at) => this.#typeOfOperand(at), (at) => this.#constantAt(at));
  }

  whole(): Value {
    const value = this.#comma();
    if (this.#at !== this.tokens.length) throw noValue;
    return value;
  }

  get #token(): string | undefined {
    return this.tokens[this.#at];
  }

  #take(token: string): boolean {
    if (this.#token !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw noValue;
  }

  #comma(): Value {
    if (++this.#depth > maxDepth) throw noValue;
    let value = this.#conditional();
    while (this.#take(',')) value = this.#conditional();
    this.#depth--;
    return value;
  }

  #conditional(): Value {
    const condition = this.#operators(1);
    if (!this.#take('?')) return condition;
    const truth = condition.bits === undefined ? undefined : condition.bits !== 0n;
    const yes = this.#token === ':' ? condition : this.#skippedIf(truth === false, () => this.#comma());
    this.#expect(':');
    const no = this.#skippedIf(truth === true, () => this.#conditional());
    const type = yes.integer === undefined || no.integer === undefined ? undefined : binary('+', { ...yes, bits: undefined }, { ...no, bits: undefined })?.integer;
    if (truth === undefined) return { bits: undefined, integer: type };
    const chosen = truth ? yes : no;
    return type === undefined ? chosen : convert(chosen, type);
  }

  #operators(lowest: number): Value {
    let left = this.#unary();
    for (let operator = this.#token; operator !== undefined; operator = this.#token) {
      const level = precedence[operator];
      if (level === undefined || level < lowest) break;
      this.#at++;
      left = operator === '&&' || operator === '||' ? this.#logical(operator, left, level) : this.#combined(operator, left, this.#operators(level + 1));
    }
    return left;
  }

  #logical(operator: '&&' | '||', left: Value, level: number): Value {
    const decided = left.bits === undefined ? undefined : (left.bits !== 0n) === (operator === '||') ? left.bits !== 0n : undefined;
    const right = this.#skippedIf(decided !== undefined, () => this.#operators(level + 1));
    if (decided !== undefined) return integerValue(decided ? 1n : 0n, int);
    if (left.bits === undefined || right.bits === undefined) return { bits: undefined, integer: int };
    return integerValue(right.bits === 0n ? 0n : 1n, int);
  }

  /** Pointers take part as the numbers that they are, where that is all that is asked; their arithmetic is not done. */
  #combined(operator: string, left: Value, right: Value): Value {
    if (left.integer !== undefined && right.integer !== undefined) {
      const value = binary(operator, left, right);
      if (value !== undefined) return value;
      if (this.#skipped > 0) return { bits: undefined, integer: left.integer };
    }
    if (left === unknown || right === unknown || this.#skipped > 0) return unknown;
    throw noValue;
  }

  #skippedIf<T>(skip: boolean, read: () => T): T {
    if (!skip) return read();
    this.#skipped++;
    const value = read();
    this.#skipped--;
    return value;
  }

  #unary(): Value {
    const token = this.#token;
    if (token === undefined) throw noValue;
    const read = prefix[token];
    if (read !== undefined) {
      this.#at++;
      if (++this.#depth > maxDepth) throw noValue;
      const value = read(this.#unary());
      this.#depth--;
      if (value === undefined) throw noValue;
      return value;
    }
    if (token === '__extension__') {
      this.#at++;
      return this.#unary();
    }
    if (token === '&') return this.#address();
    if (token === 'sizeof') return this.#sizeof();
    if (alignWords.has(token)) return this.#alignof();
    if (token === '(') return this.#cast() ?? this.#postfix(this.#primary());
    return this.#postfix(this.#primary());
  }

  /** undefined: the parenthesis holds no type, and nothing was read. */
  #cast(): Value | undefined {
    const found = this.#names.at(this.#at + 1);
    if (found === undefined || this.tokens[found.end] !== ')') return this.#castToParameter();
    if (this.tokens[found.end + 1] === '{') throw noValue;
    this.#at = found.end + 1;
    return this.#converted(this.#unary(), found.type);
  }

  /** `(t)x`, where `t` is a parameter that stands for a type. */
  #castToParameter(): Value | undefined {
    const [name = '', close, next] = this.tokens.slice(this.#at + 1, this.#at + 4);
    if (!this.bindings.has(name) || close !== ')' || next === undefined || !/^[\w"'(~!]/.test(next)) return undefined;
    this.#at += 3;
    this.#unary();
    return unknown;
  }

  #converted(value: Value, type: CType): Value {
    const integer = this.#integer(type);
    if (integer !== undefined) return { ...convert(value, integer), type };
    const under = strip(this.scope.types, type);
    if (under.kind === 'ptr' && (value.integer !== undefined || value.bits === undefined)) {
      return { bits: value.bits === undefined ? undefined : BigInt.asUintN(8 * this.scope.types.pointerSize, value.bits), integer: undefined, type };
    }
    if (value === unknown || under.kind === 'void') return unknown;
    throw noValue;
  }

  /** undefined: the type is no integer. */
  #integer(type: CType): Integer | undefined {
    const under = strip(this.scope.types, type);
    if (under.kind === 'int') return { size: under.size, signed: under.signed, ...(under.encoding === 'bool' ? { bool: true } : {}) };
    if (under.kind !== 'enum') return undefined;
    const definition = this.scope.types.definition(under);
    return definition?.kind === 'enum' ? { size: definition.size, signed: definition.signed } : undefined;
  }

  /** `&((struct a *)0)->b`: where it is. */
  #address(): Value {
    this.#at++;
    const value = this.#unary();
    if (value === unknown) return unknown;
    if (value.address === undefined || value.type === undefined) throw noValue;
    return { bits: value.address, integer: undefined, type: { kind: 'ptr', to: value.type } };
  }

  #sizeof(): Value {
    this.#at++;
    const type = this.#operandType();
    const long = { size: this.scope.types.pointerSize, signed: false };
    if (type === undefined) return { bits: undefined, integer: long };
    const size = this.#size(type);
    return integerValue(BigInt(size), long);
  }

  #size(type: CType): number {
    const under = strip(this.scope.types, type);
    if (under.kind === 'void' || under.kind === 'function') return 1;
    if ((under.kind === 'struct' || under.kind === 'union' || under.kind === 'enum' || under.kind === 'typedef') && this.scope.types.definition(under) === undefined) throw noValue;
    return sizeOf(this.scope.types, type);
  }

  #alignof(): Value {
    this.#at++;
    const type = this.#operandType();
    const long = { size: this.scope.types.pointerSize, signed: false };
    if (type === undefined) return { bits: undefined, integer: long };
    const bytes = this.scope.alignOf?.(type);
    if (bytes === undefined) throw noValue;
    return integerValue(BigInt(bytes), long);
  }

  /** Of `sizeof` and its like: a type in parentheses, or an expression; undefined where a parameter decides. */
  #operandType(): CType | undefined {
    if (this.#token === '(') {
      const found = this.#names.at(this.#at + 1);
      if (found !== undefined && this.tokens[found.end] === ')') {
        this.#at = found.end + 1;
        return found.type;
      }
    }
    const value = this.#skippedIf(true, () => this.#unary());
    if (value === unknown) return undefined;
    const type = value.type ?? (value.integer === undefined ? undefined : integerType(value.integer));
    if (type === undefined) throw noValue;
    return type;
  }

  /** `typeof` and array dimensions inside a type name, at a place of their own. */
  #typeOfOperand(at: number): { readonly type: CType; readonly end: number } | undefined {
    const before = this.#at;
    this.#at = at;
    const value = this.#skippedIf(true, () => this.#comma());
    const end = this.#at;
    this.#at = before;
    const type = value.type ?? (value.integer === undefined ? undefined : integerType(value.integer));
    return type === undefined ? undefined : { type, end };
  }

  #constantAt(at: number): { readonly value: number; readonly end: number } | undefined {
    const before = this.#at;
    this.#at = at;
    const { bits } = this.#conditional();
    const end = this.#at;
    this.#at = before;
    return bits === undefined ? undefined : { value: Number(bits), end };
  }

  #primary(): Value {
    const token = this.#token ?? '';
    this.#at++;
    if (token === '(') {
      if (this.#token === '{') throw noValue;
      const value = this.#comma();
      this.#expect(')');
      return value;
    }
    if (/^[0-9]/.test(token)) return numberValue(token, this.scope.types.pointerSize) ?? fail();
    if (token.startsWith("'")) return characterValue(token, this.scope.unsignedChar) ?? fail();
    if (!/^[A-Za-z_$]/.test(token)) throw noValue;
    if (this.bindings.has(token)) return this.bindings.get(token) ?? unknown;
    const builtin = builtins[token];
    if (builtin !== undefined && this.#token === '(') return this.#builtin(builtin);
    return this.#enumerator(token);
  }

  /** Several enums that have the name must agree. */
  #enumerator(name: string): Value {
    const [first, ...others] = this.scope.types.enumerators(name);
    if (first === undefined || others.some(({ enumerator }) => enumerator.value !== first.enumerator.value)) throw noValue;
    const { value } = first.enumerator;
    const fits = value >= -(2n ** 31n) && value < 2n ** 31n;
    return integerValue(value, fits ? int : { size: first.of.size, signed: first.of.signed });
  }

  #builtin(kind: (typeof builtins)[string]): Value {
    this.#expect('(');
    switch (kind) {
      case 'offsetof':
        return this.#offsetof();
      case 'expect': {
        const value = this.#conditional();
        while (this.#take(',')) this.#conditional();
        this.#expect(')');
        return convert(value, { size: this.scope.types.pointerSize, signed: true });
      }
      case 'constant': {
        const value = this.#skippedIf(true, () => this.#comma());
        this.#expect(')');
        return value.bits === undefined ? { bits: undefined, integer: int } : integerValue(1n, int);
      }
      case 'choose':
        return this.#choose();
    }
  }

  #choose(): Value {
    const condition = this.#conditional();
    this.#expect(',');
    const yes = this.#skippedIf(condition.bits === 0n, () => this.#conditional());
    this.#expect(',');
    const no = this.#skippedIf(condition.bits !== 0n, () => this.#conditional());
    this.#expect(')');
    return condition.bits === undefined ? unknown : condition.bits === 0n ? no : yes;
  }

  #offsetof(): Value {
    const found = this.#names.at(this.#at);
    const long = { size: this.scope.types.pointerSize, signed: false };
    if (found === undefined) throw noValue;
    this.#at = found.end;
    let value: Value = { bits: undefined, integer: undefined, type: found.type, address: 0n };
    for (let first = true; !this.#take(')'); first = false) {
      if (this.#token === '[') value = this.#element(value);
      else if (this.#take(first ? ',' : '.')) value = this.#memberOf(value);
      else throw noValue;
    }
    return value.address === undefined ? unknown : integerValue(value.address, long);
  }

  #postfix(start: Value): Value {
    let value = start;
    for (;;) {
      if (this.#token === '.') {
        this.#at++;
        value = this.#memberOf(value);
      } else if (this.#token === '->') {
        this.#at++;
        value = this.#memberOf(this.#pointedTo(value));
      } else if (this.#token === '[') {
        value = this.#element(value);
      } else if (this.#token === '(' || this.#token === '++' || this.#token === '--') {
        throw noValue;
      } else {
        return value;
      }
    }
  }

  #pointedTo(value: Value): Value {
    if (value === unknown || value.type === undefined) return value === unknown ? unknown : fail();
    const under = strip(this.scope.types, value.type);
    if (under.kind !== 'ptr') throw noValue;
    return { bits: undefined, integer: undefined, type: under.to, address: value.bits };
  }

  #memberOf(value: Value): Value {
    const name = this.#token ?? '';
    this.#at++;
    if (!/^[A-Za-z_$]/.test(name)) throw noValue;
    if (value === unknown) return unknown;
    const record = value.type === undefined ? undefined : recordOf(this.scope.types, value.type);
    const found = record === undefined ? undefined : findMember(this.scope.types, record, name);
    if (found === undefined) throw noValue;
    const address = value.address === undefined || found.bitOffset % 8 !== 0 ? undefined : value.address + BigInt(found.bitOffset / 8);
    return { bits: undefined, integer: this.#integer(found.type), type: found.type, address };
  }

  #element(value: Value): Value {
    this.#expect('[');
    const index = this.#comma();
    this.#expect(']');
    if (value === unknown || index === unknown) return unknown;
    const under = value.type === undefined ? undefined : strip(this.scope.types, value.type);
    if (under?.kind !== 'array') throw noValue;
    const address = value.address === undefined || index.bits === undefined ? undefined : value.address + index.bits * BigInt(this.#size(under.of));
    return { bits: undefined, integer: this.#integer(under.of), type: under.of, address };
  }
}

const maxDepth = 256;

function fail(): never {
  throw noValue;
}

function integerType({ size, signed, bool }: Integer): IntType {
  return { kind: 'int', name: `${signed ? '' : 'unsigned '}${size === 8 ? 'long ' : ''}int`, size, signed, encoding: bool === true ? 'bool' : 'int' };
}

const alignWords: ReadonlySet<string> = new Set(['_Alignof', '__alignof', '__alignof__']);

/** undefined: not an integer. */
const prefix: Readonly<Record<string, (value: Value) => Value | undefined>> = {
  '-': (value) => arithmeticUnary(value, (bits) => -bits),
  '+': (value) => arithmeticUnary(value, (bits) => bits),
  '~': (value) => arithmeticUnary(value, (bits) => ~bits),
  '!': (value) => (value.bits === undefined ? { bits: undefined, integer: int } : integerValue(value.bits === 0n ? 1n : 0n, int)),
  '*': (value) => (value === unknown ? unknown : undefined),
};

function arithmeticUnary(value: Value, operator: (bits: bigint) => bigint): Value | undefined {
  if (value.integer === undefined) return value === unknown ? unknown : undefined;
  const type = promoted(value.integer);
  return value.bits === undefined ? { bits: undefined, integer: type } : integerValue(operator(value.bits), type);
}

const builtins: Readonly<Record<string, 'offsetof' | 'expect' | 'constant' | 'choose'>> = {
  __builtin_offsetof: 'offsetof', __builtin_expect: 'expect', __builtin_constant_p: 'constant', __builtin_choose_expr: 'choose',
};
