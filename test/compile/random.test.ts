// Random expressions of the language: what the kernel computes is what the rules written down here say.
import { fc, runs } from '../help/property.ts';
import { describe, expect, test } from 'vitest';
import { outputOf } from '../help/compiled.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { runningBtf } from '../help/kernels.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

/** A value with the sign of its type; the width is 64 bits. */
interface Term {
  readonly text: string;
  readonly value: bigint;
  readonly signed: boolean;
}

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const typed = (value: bigint, signed: boolean): bigint => (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));

/** Numbers stand in variables of a declared type, so that the rules of literals are not in play. */
const leaf = (names: readonly Term[]): fc.Arbitrary<Term> => fc.constantFrom(...names);

const arithmetic = ['+', '-', '*', '/', '%', '&', '|', '^'] as const;
const comparisons = ['<', '<=', '>', '>=', '==', '!='] as const;

const compute: Readonly<Record<(typeof arithmetic)[number], (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (unsigned(b) === 0n ? 1n : unsigned(a) / unsigned(b)),
  '%': (a, b) => (unsigned(b) === 0n ? 1n : unsigned(a) % unsigned(b)),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
};

const compare: Readonly<Record<(typeof comparisons)[number], (a: bigint, b: bigint) => boolean>> = {
  '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b, '==': (a, b) => a === b, '!=': (a, b) => a !== b,
};

function binary(op: (typeof arithmetic)[number], a: Term, b: Term): Term {
  const signed = op === '-' || a.signed || b.signed;
  return { text: `(${a.text} ${op} ${b.text})`, value: typed(compute[op](a.value, b.value), signed), signed };
}

/** Signed when either side is. */
function holds(op: (typeof comparisons)[number], a: Term, b: Term): boolean {
  const signed = a.signed || b.signed;
  return compare[op](typed(a.value, signed), typed(b.value, signed));
}

function shift(op: '<<' | '>>', a: Term, by: number): Term {
  const value = op === '<<' ? a.value << BigInt(by) : unsigned(a.value) >> BigInt(by);
  return { text: `(${a.text} ${op} ${by})`, value: typed(value, a.signed), signed: a.signed };
}

function cast(name: string, size: number, signed: boolean, a: Term): Term {
  const value = signed ? BigInt.asIntN(size, a.value) : BigInt.asUintN(size, a.value);
  return { text: `(${name})${a.text}`, value, signed };
}

const casts = [['int8', 8, true], ['uint8', 8, false], ['int16', 16, true], ['uint16', 16, false], ['int32', 32, true], ['uint32', 32, false], ['int64', 64, true], ['uint64', 64, false]] as const;

const term = (names: readonly Term[]): fc.Arbitrary<Term> =>
  fc.letrec<{ term: Term }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'term' },
      leaf(names),
      fc.tuple(fc.constantFrom(...arithmetic), tie('term'), tie('term')).map(([op, a, b]) => binary(op, a, b)),
      fc.tuple(fc.constantFrom('<<', '>>'), tie('term'), fc.integer({ min: 0, max: 63 })).map(([op, a, by]) => shift(op, a, by)),
      fc.tuple(fc.constantFrom(...casts), tie('term')).map(([[name, size, signed], a]) => cast(name, size, signed, a)),
      tie('term').map((a) => ({ text: `(-${a.text})`, value: BigInt.asIntN(64, -a.value), signed: true })),
      fc.tuple(fc.constantFrom(...comparisons), tie('term'), tie('term'), tie('term'), tie('term')).map(([op, a, b, c, d]): Term => {
        const signed = c.signed && d.signed;
        const [yes, no] = c.signed === d.signed ? [c, d] : [cast('uint64', 64, false, c), cast('uint64', 64, false, d)];
        return { text: `(${a.text} ${op} ${b.text} ? (${signed ? 'int64' : 'uint64'})${yes.text} : (${signed ? 'int64' : 'uint64'})${no.text})`, value: typed(holds(op, a, b) ? yes.value : no.value, signed), signed };
      }),
    ),
  })).term;

const interesting = [0n, 1n, 2n, 7n, 255n, 256n, 65535n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 1n << 32n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, 0x123456789abcdefn];

describe.skipIf(!possible)('random expressions', () => {
  const folder = scratchFolder();
  const kernel = possible ? runningKernel(folder) : undefined;

  test('the kernel computes what the language says', { timeout: 120_000 }, async () => {
    if (kernel === undefined) throw new Error('no kernel');
    const number = fc.oneof(fc.constantFrom(...interesting), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
    const values = fc.tuple(number, number, number, number);
    await fc.assert(
      fc.asyncProperty(values, fc.infiniteStream(fc.nat()), async ([a, b, c, d], seeds) => {
        const names: Term[] = [
          { text: '$a', value: a, signed: false }, { text: '$b', value: BigInt.asIntN(64, b), signed: true },
          { text: '$c', value: BigInt.asUintN(32, c), signed: false }, { text: '$d', value: BigInt.asIntN(16, d), signed: true },
        ];
        const terms = Array.from({ length: 12 }, () => fc.sample(term(names), { numRuns: 1, seed: seeds.next().value as number })[0]).filter((each) => each !== undefined);
        const set = `$a = (uint64)@a; $b = (int64)@b; $c = (uint32)@a2; $d = (int16)@b2;`;
        const script = `BEGIN { @a = (uint64)${a}; @b = (uint64)${b}; @a2 = (uint64)${c}; @b2 = (uint64)${d}; }
          BEGIN { ${set} ${terms.map((each) => `print(${each.signed ? '(int64)' : '(uint64)'}${each.text});`).join('\n')} } BEGIN { clear(@a); clear(@b); clear(@a2); clear(@b2); exit(); }`;
        const printed = await outputOf(kernel, folder, script, { config: { printMapsOnExit: false } }, false);
        expect(printed.trim().split('\n')).toEqual(terms.map((each) => `${each.value}`));
      }),
      { numRuns: runs(40) },
    );
  });
});
