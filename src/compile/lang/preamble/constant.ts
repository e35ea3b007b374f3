// Integer constant expressions of C (C11 6.6): conditions of #if, array sizes, bitfield widths, enumerators.
import type { Token } from '../token.ts';

/** What a name is worth; undefined makes the whole expression no constant. */
export type NameValue = (name: string) => bigint | undefined;

/**
 * Value of an integer constant expression, undefined when the tokens are none (or divide by zero).
 * 64-bit two's complement; signed throughout, as C does for operands that fit.
 */
export function evaluateConstant(tokens: readonly Token[], nameValue: NameValue): bigint | undefined {
  const reader = new ConstantReader(tokens, nameValue);
  const value = reader.ternary();
  return reader.atEnd ? value : undefined;
}

class ConstantReader {
  #at = 0;
  #depth = 0;

  constructor(
    readonly tokens: readonly Token[],
    readonly nameValue: NameValue,
  ) {}

  get atEnd(): boolean {
    return this.#at >= this.tokens.length;
  }

  ternary(): bigint | undefined {
    if (++this.#depth > 200) return undefined;
    const condition = this.#binary(0);
    let value = condition;
    if (this.#accept('?')) {
      const then = this.ternary();
      if (!this.#accept(':')) return undefined;
      const otherwise = this.ternary();
      value = condition === undefined ? undefined : condition !== 0n ? then : otherwise;
    }
    this.#depth--;
    return value;
  }

  #binary(lowest: number): bigint | undefined {
    let left = this.#unary();
    for (;;) {
      const token = this.tokens[this.#at];
      const operator = token?.kind === 'punctuator' ? binaryOperators.get(token.text) : undefined;
      if (operator === undefined || operator.level < lowest) return left;
      this.#at++;
      const right = this.#binary(operator.level + 1);
      const value = left === undefined || right === undefined ? undefined : operator.apply(left, right);
      left = value === undefined ? undefined : BigInt.asIntN(64, value);
    }
  }

  #unary(): bigint | undefined {
    const token = this.tokens[this.#at++];
    if (token === undefined || ++this.#depth > 200) return undefined;
    const value = this.#operand(token);
    this.#depth--;
    return value;
  }

  #operand(token: Token): bigint | undefined {
    if (token.kind === 'integer') return BigInt.asIntN(64, token.value);
    if (token.kind === 'identifier') return this.nameValue(token.text);
    if (token.kind !== 'punctuator') return undefined;
    if (token.text === '(') {
      const value = this.ternary();
      return this.#accept(')') ? value : undefined;
    }
    const apply = unaryOperators.get(token.text);
    if (apply === undefined) return undefined;
    const operand = this.#unary();
    return operand === undefined ? undefined : apply(operand);
  }

  #accept(text: string): boolean {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'punctuator' || token.text !== text) return false;
    this.#at++;
    return true;
  }
}

const truth = (value: boolean): bigint => (value ? 1n : 0n);

const unaryOperators: ReadonlyMap<string, (value: bigint) => bigint> = new Map([
  ['-', (value: bigint) => -value],
  ['+', (value: bigint) => value],
  ['~', (value: bigint) => ~value],
  ['!', (value: bigint) => truth(value === 0n)],
]);

const binaryOperators: ReadonlyMap<string, { level: number; apply: (left: bigint, right: bigint) => bigint | undefined }> = new Map([
  ['||', { level: 0, apply: (left, right) => truth(left !== 0n || right !== 0n) }],
  ['&&', { level: 1, apply: (left, right) => truth(left !== 0n && right !== 0n) }],
  ['|', { level: 2, apply: (left, right) => left | right }],
  ['^', { level: 3, apply: (left, right) => left ^ right }],
  ['&', { level: 4, apply: (left, right) => left & right }],
  ['==', { level: 5, apply: (left, right) => truth(left === right) }],
  ['!=', { level: 5, apply: (left, right) => truth(left !== right) }],
  ['<', { level: 6, apply: (left, right) => truth(left < right) }],
  ['<=', { level: 6, apply: (left, right) => truth(left <= right) }],
  ['>', { level: 6, apply: (left, right) => truth(left > right) }],
  ['>=', { level: 6, apply: (left, right) => truth(left >= right) }],
  ['<<', { level: 7, apply: (left, right) => left << (right & 63n) }],
  ['>>', { level: 7, apply: (left, right) => left >> (right & 63n) }],
  ['+', { level: 8, apply: (left, right) => left + right }],
  ['-', { level: 8, apply: (left, right) => left - right }],
  ['*', { level: 9, apply: (left, right) => left * right }],
  ['/', { level: 9, apply: (left, right) => (right === 0n ? undefined : left / right) }],
  ['%', { level: 9, apply: (left, right) => (right === 0n ? undefined : left % right) }],
]);
