// Random scripts. What the parser takes, the compiler answers with a Spec or with diagnostics, never with an exception; scripts whose types
// are right become programs that the verifier takes.
import { fc, runs } from '../help/property.ts';
import { describe, expect, test } from 'vitest';
import { printScript } from '../../src/compile/lang/printer.ts';
import { load, specOf } from '../help/compiled.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { runningBtf } from '../help/kernels.ts';
import { canReadEvents, runningKernel } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';
import { generatedScript } from './lang/generate.ts';
import { compileSmall } from './sema/kernel.ts';

test('any script gets an answer', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(generatedScript, (script) => {
      const { spec, diagnostics, dump } = compileSmall(printScript(script));
      dump('types');
      return spec !== undefined || diagnostics.some((each) => each.severity === 'error');
    }),
    { numRuns: runs(400) },
  );
});

interface Scope {
  readonly number: fc.Arbitrary<string>;
  readonly text: fc.Arbitrary<string>;
}

const literal = fc.oneof(fc.nat(300).map(String), fc.constantFrom('0', '1', '0xffff', '(1 << 20)', 'AF_INET'));

/** Expressions whose types are right, over variables that every program has. */
const scope: Scope = fc.letrec<{ number: string; text: string }>((tie) => {
  const n = tie('number');
  const t = tie('text');
  const call = (format: string, ...args: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...args).map((values) => values.reduce((text, value, index) => text.replaceAll(`#${index}`, value), format));
  return {
    number: fc.oneof(
      { maxDepth: 4 },
      literal, fc.constantFrom('$n', '$m', 'pid', 'tid', 'nsecs', 'cpu', 'uid', '@s', '@c', 'elapsed'),
      call('(#0 + #1)', n, n), call('(#0 * #1)', n, n), call('(#0 & #1)', n, n), call('(#0 ^ #1)', n, n), call('(#0 >> 3)', n), call('(#0 / (#1 | $m))', n, n), call('(#0 % (#1 | tid))', n, n),
      call('(#0 > #1 ? #2 : #3)', n, n, n, n), call('(uint64)(#0 == #1)', n, n), call('(uint64)(#0 == #1)', t, t), call('(uint32)#0', n), call('(uint8)#0', n),
      call('@k[#0]', n), call('@w[#0, #1]', n, t), call('(uint64)has_key(@k, #0)', n), call('(uint64)curtask->pid', n), call('(uint64)curtask->real_parent->tgid', n),
      call('(uint64)((struct task_struct *)#0)->tgid', n), call('(uint64)strlen(#0)', t), call('(#0, #1).0', n, t), call('(uint64)(#0 && #1 || !#2)', n, n, n),
      call('({ $b = #0; $b + 1 })', n), call('(uint64)@a', n),
    ),
    text: fc.oneof({ maxDepth: 3 }, fc.constantFrom('"a"', '"some longer text"', '$t', 'comm', '@t', '"x"'), call('(#0 > 5 ? #1 : #2)', n, t, t), call('str(#0, 20)', n), call('(#0, #1).1', n, t), call('@x[#0]', n)),
  };
});

const statement = fc.letrec<{ one: string; many: string }>((tie) => {
  const { number, text } = scope;
  const many = tie('many');
  const fill = (format: string, ...args: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...args).map((values) => values.reduce((done, value, index) => done.replaceAll(`#${index}`, value), format));
  return {
    many: fc.array(tie('one'), { maxLength: 3 }).map((all) => all.join(' ')),
    one: fc.oneof(
      { maxDepth: 3 },
      fill('$n = #0;', number), fill('$m += #0;', number), fill('$t = #0;', text), fill('@s = #0;', number), fill('@c++;'), fill('@k[#0] = #1;', number, number), fill('@k[#0] += #1;', number, number),
      fill('@w[#0, #1] = #2;', number, text, number), fill('@t = #0;', text), fill('@x[#0] = #1;', number, text), fill('@a = count();'), fill('@h[#0] = hist(#1);', text, number), fill('@u[#0] = sum(#1);', number, number),
      fill('printf("%d %s %d\\n", #0, #1, #2);', number, text, number), fill('print((#0, #1));', number, text), fill('delete(@k, #0);', number), fill('$p = ($n, $t); @q[$p] = #0;', number),
      fill('if (#0) { #1 } else { #2 }', number, many, many), fill('if (#0 == #1) { #2 }', text, text, many), fill('for ($i : 0..#0) { $m += $i; #1 }', fc.nat(5).map(String), fc.constantFrom('', 'if ($i == 2) { break; }', '@c++;')),
      fill('$e = #0; for ($j : 0..$e) { $m ^= $j; @c++; if ($j > 3) { break; } }', number), fill('for ($kv : @k) { $m += $kv.1; }'), fill('unroll(2) { #0 }', many),
    ),
  };
});

const programs = fc.array(statement.many, { minLength: 1, maxLength: 4 }).map((parts) => {
  // `$b`, `$e`, `$p` of one part are not those of another: each has a block of its own.
  const blocks = parts.map((part) => `if (pid > 0) { ${part} }`).join('\n');
  return `BEGIN { $n = (uint64)1; $m = (uint64)2; $t = "text"; @s = (uint64)3; @c = (uint64)0; @k[(uint64)1] = (uint64)1; @w[(uint64)1, "text"] = (uint64)1; @t = "t"; @x[(uint64)1] = "x"; @a = count();\n${blocks} }`;
});

const possible = noKernel === undefined && runningBtf() !== undefined && canReadEvents();

describe.skipIf(!possible)('scripts whose types are right', () => {
  const folder = scratchFolder();
  const kernel = possible ? runningKernel(folder) : undefined;

  test('the verifier takes them', { timeout: 1_800_000 }, async () => {
    if (kernel === undefined) throw new Error('no kernel');
    await fc.assert(
      fc.asyncProperty(programs, async (script) => {
        expect(await load(specOf(kernel, script), false)).toBe(1);
      }),
      { numRuns: runs(100), includeErrorInReport: true },
    );
  });
});
