import { fc } from '../../help/property.ts';
import { describe, expect, test } from 'vitest';
import { printScript } from '../../../src/compile/lang/printer.ts';
import { generatedScript } from './generate.ts';
import { parseRight, parseText, withoutSpans } from './help.ts';
import { format, tools } from './peer.ts';

describe.skipIf(tools.length === 0)('bpftrace\'s own tools (needs bpftrace, installed or in the test cache)', () => {
  test.each(tools.map(({ name, text }) => [name, text]))('%s', (name, text) => {
    for (const hasBtf of [true, false]) {
      const { script, complaints } = parseText(text, { hasBtf, headers }, name);
      expect(complaints).toBe('');
      expect(withoutSpans(parseRight(printScript(script), { headers })), name).toEqual(withoutSpans(script));
    }
  });
});

/** Every header, with what structs of the tools stand on. */
const headers = (): string => '#pragma once\nstruct path { void *mnt, *dentry; };\nstruct qstr { unsigned long hash; char *name; };\nstruct load_weight { unsigned long weight, inverse; };\n';

type Made = Readonly<Record<string, unknown>>;

/** A tree as bpftrace's formatter leaves it: every hop a dot, `a ?: b` spelled out, a block as a statement without parentheses. */
function formatted(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(formatted);
  if (typeof node !== 'object' || node === null) return node;
  const made: Made = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, formatted(value)]));
  if (made['kind'] === 'member') return { ...made, op: '.' };
  if (made['kind'] === 'ternary' && made['then'] === null) return { ...made, then: made['condition'] };
  return made['kind'] === 'expression' && 'expression' in made ? asStatement(made['expression'] as Made) : made;
}

function asStatement(expression: Made): Made {
  if (expression['kind'] === 'block expression') {
    const result = expression['result'] === null ? [] : [asStatement(expression['result'] as Made)];
    return { kind: 'block', statements: [...(expression['statements'] as readonly unknown[]), ...result] };
  }
  const then = expression['kind'] === 'ternary' ? asStatement(expression['then'] as Made) : undefined;
  if (then?.['kind'] !== 'block') return { kind: 'expression', expression };
  const otherwise = asStatement(expression['otherwise'] as Made);
  return { kind: 'if', condition: expression['condition'], then, otherwise: otherwise['kind'] === 'block' ? otherwise : { kind: 'block', statements: [otherwise] } };
}

describe.skipIf(format === undefined)('the trees are bpftrace\'s (needs bpftrace 0.26 or later)', () => {
  const ask = format ?? ((): never => expect.unreachable('no bpftrace'));

  test.each(tools.map(({ name, text }) => [name, text]))('%s', (name, text) => {
    const plain = text.replace(/^#(ifndef|if)[^]*?#endif$/gm, '').replace(/^#.*$/gm, '');
    const { accepted, text: printed } = ask(plain);
    expect([accepted, accepted ? '' : printed], name).toEqual([true, '']);
    expect(formatted(withoutSpans(parseRight(printed).declarations))).toEqual(formatted(withoutSpans(parseRight(plain).declarations)));
  });

  test('of generated scripts', () => {
    let compared = 0;
    for (const script of fc.sample(generatedScript, { seed: 27, numRuns: 150 })) {
      const text = printScript(script);
      if (text === '' || text.length > 250) continue;
      const { accepted, text: printed } = ask(text);
      // What bpftrace itself does not read back it has printed wrong: strings in config, predicates that start with a star.
      if (!accepted || !ask(printed).accepted) continue;
      compared++;
      expect(formatted(withoutSpans(parseRight(printed).declarations)), `${text}\n${printed}`).toEqual(formatted(withoutSpans(script.declarations)));
    }
    expect(compared).toBeGreaterThan(30);
  });
});
