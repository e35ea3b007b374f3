// Random scripts as trees, in the form that the parser gives them.
import { fc } from '../../help/property.ts';
import { noSpan } from '../../../src/base/span.ts';
import type { AttachPoint, BinaryOperator, BlockStatement, ConfigEntry, Declaration, Expression, MacroDeclaration, MapAccess, Script, Statement, TypeName, Variable } from '../../../src/compile/lang/ast.ts';
import { binaryLevels } from '../../../src/compile/lang/parse/expressions.ts';
import { noPreamble } from '../../../src/compile/lang/preamble/preamble.ts';

const span = noSpan;
const at = { span };

const operator = fc.constantFrom<BinaryOperator>(...binaryLevels.keys());
const assignment = fc.constantFrom<BinaryOperator | null>(null, null, '+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>');

const integer = fc.oneof(
  fc.record({ value: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), suffix: fc.constant('') }),
  fc.record({ value: fc.bigInt({ min: 0n, max: 99n }), suffix: fc.constantFrom('', '', 'u', 'ul', 'll') }),
).map(({ value, suffix }): Expression => ({ kind: 'integer', value, suffix, span }));

const string = fc.array(fc.oneof(fc.constantFrom(...'abc%d /*"\\\n\t{};#'), fc.nat(255).map((code) => String.fromCharCode(code))), { maxLength: 8 })
  .map((bytes): Expression => ({ kind: 'string', value: bytes.join(''), span }));

const variable: fc.Arbitrary<Variable> = fc.constantFrom('$x', '$y', '$_z9').map((name) => ({ kind: 'variable', name, span }));
const mapName = fc.constantFrom('@', '@ts', '@A_1');
const word = fc.constantFrom('pid', 'tid', 'args', 'AF_INET', 'foo', 'arg0', '_a', 'iffy');
const field = fc.constantFrom('x', 'sk_mark', 'if', '_0');

const typeName: fc.Arbitrary<TypeName> = fc.record({
  base: fc.constantFrom<TypeName['base']>({ tag: 'struct', name: 'sock' }, { tag: 'union', name: 'u' }, { tag: 'enum', name: 'e' }, { tag: null, name: 'uint8' }, { tag: null, name: 'foo_t' }, { tag: null, name: 'long unsigned int' }),
  postfix: fc.array(fc.constantFrom<'*' | bigint | null>('*', '*', 4n, null), { maxLength: 3 }),
}).map(({ base, postfix }): TypeName => ({ kind: 'type name', base, postfix, span }));

interface Tied {
  readonly expression: Expression;
  readonly map: MapAccess;
  readonly statement: Statement;
  readonly block: BlockStatement;
}

const { expression, block } = fc.letrec<Tied>((tie: fc.LetrecTypedTie<Tied>): fc.LetrecValue<Tied> => {
  const e = tie('expression');
  const target: fc.Arbitrary<Variable | MapAccess> = fc.oneof(variable, tie('map'));
  const optional = fc.option(e, { nil: null, freq: 3 });
  return {
    map: fc.record({ name: mapName, key: fc.option(fc.array(e, { minLength: 1, maxLength: 3 }), { nil: null }) }).map((parts): MapAccess => ({ kind: 'map', ...parts, ...at })),
    expression: fc.oneof({ maxDepth: 5, depthSize: 'medium' },
      integer, string, variable,
      word.map((name): Expression => ({ kind: 'identifier', name, span })),
      fc.constantFrom<Expression>({ kind: 'positional', index: 1, value: '', span }, { kind: 'positional', index: '#', value: '0', span }),
      tie('map'),
      fc.record({ name: fc.constantFrom('str', 'kstack', 'f'), args: fc.array(e, { maxLength: 3 }) }).map((parts): Expression => ({ kind: 'call', ...parts, nameSpan: span, span })),
      fc.record({ op: fc.constantFrom('-', '+', '!', '~', '*'), operand: e }).map((parts): Expression => ({ kind: 'unary', ...parts, span })),
      target.map((operand): Expression => ({ kind: 'unary', op: '&', operand, span })),
      fc.record({ op: fc.constantFrom('++', '--'), prefix: fc.boolean(), target }).map((parts): Expression => ({ kind: 'increment', ...parts, span })),
      fc.record({ op: operator, left: e, right: e }).map((parts): Expression => ({ kind: 'binary', ...parts, span })),
      fc.record({ op: operator, left: e, right: e }).map((parts): Expression => ({ kind: 'binary', ...parts, span })),
      fc.record({ condition: e, then: optional, otherwise: e }).map((parts): Expression => ({ kind: 'ternary', ...parts, span })),
      fc.record({ object: e, op: fc.constantFrom('.', '->'), name: field }).map((parts): Expression => ({ kind: 'member', ...parts, nameSpan: span, span })),
      fc.record({ object: e, name: fc.constantFrom('0', '12') }).map((parts): Expression => ({ kind: 'member', op: '.', ...parts, nameSpan: span, span })),
      fc.record({ object: e, index: e }).map((parts): Expression => ({ kind: 'index', ...parts, span })),
      fc.record({ type: typeName, operand: e }).map((parts): Expression => ({ kind: 'cast', ...parts, span })),
      fc.array(e, { maxLength: 3 }).map((elements): Expression => ({ kind: 'tuple', elements, span })),
      fc.uniqueArray(fc.record({ name: field.filter((name) => name !== 'if'), value: e, span: fc.constant(span) }), { minLength: 1, maxLength: 2, selector: ({ name }) => name }).map((fields): Expression => ({ kind: 'record', fields, span })),
      fc.oneof(typeName, e.filter(({ kind }) => kind === 'binary' || kind === 'integer' || kind === 'map')).map((of): Expression => ({ kind: 'sizeof', of, span })),
      fc.record({ of: fc.oneof(typeName, variable), path: fc.array(field, { minLength: 1, maxLength: 3 }) }).map((parts): Expression => ({ kind: 'offsetof', ...parts, span })),
      fc.record({ statements: fc.array(tie('statement'), { maxLength: 2 }), result: optional }).map((parts): Expression => ({ kind: 'block expression', ...parts, span })),
    ),
    statement: fc.oneof({ maxDepth: 4 },
      e.map((each): Statement => ({ kind: 'expression', expression: each, span })),
      fc.record({ target, op: assignment, value: e }).map((parts): Statement => ({ kind: 'assign', ...parts, span })),
      e.map((value): Statement => ({ kind: 'assign', target: null, op: null, value, span })),
      fc.record({ variable: fc.constant('$x'), type: fc.option(typeName, { nil: null }), value: optional }).map((parts): Statement => ({ kind: 'let', ...parts, span })),
      fc.constantFrom<Statement>({ kind: 'break', span }, { kind: 'continue', span }),
      optional.map((value): Statement => ({ kind: 'return', value, span })),
      tie('block'),
      fc.record({ condition: e, then: tie('block'), otherwise: fc.option(tie('block'), { nil: null }) }).map((parts): Statement => ({ kind: 'if', ...parts, span })),
      fc.record({ condition: e, body: tie('block') }).map((parts): Statement => ({ kind: 'while', ...parts, span })),
      fc.record({ count: e, body: tie('block') }).map((parts): Statement => ({ kind: 'unroll', ...parts, span })),
      fc.record({ variable: fc.constant('$i'), from: e, to: e, body: tie('block') }).map((parts): Statement => ({ kind: 'for range', ...parts, span })),
      fc.record({ variable: fc.constant('$kv'), name: mapName, body: tie('block') }).map(({ name, ...parts }): Statement => ({ kind: 'for map', map: { kind: 'map', name, key: null, span }, ...parts, span })),
    ),
    block: fc.array(tie('statement'), { maxLength: 3 }).map((statements): BlockStatement => ({ kind: 'block', statements, span })),
  };
});

const attachPoint: fc.Arbitrary<AttachPoint> = fc.constantFrom<[string, ...string[]]>(['BEGIN'], ['kprobe', 'tcp_*'], ['interval', 's', '1'], ['uprobe', '/bin/bash', 'readline'], ['software', 'faults', ''])
  .map(([provider, ...parts]) => ({ text: [provider, ...parts].join(':'), provider, parts: parts.map((text) => ({ text, span })), span }));

const probe = fc.record({ attachPoints: fc.array(attachPoint, { minLength: 1, maxLength: 3 }), predicate: fc.option(expression, { nil: null }), body: block })
  .map((parts): Declaration => ({ kind: 'probe', ...parts, span }));

const macro = fc.record({
  name: fc.constantFrom('m', 'n'),
  params: fc.array(fc.constantFrom<MacroDeclaration['params'][number]>({ kind: 'variable', name: '$a', span }, { kind: 'map', name: '@m', span }, { kind: 'expression', name: 'e', span }), { maxLength: 3 }),
  body: block,
  result: fc.option(expression, { nil: null }),
}).map((parts): Declaration => ({ kind: 'macro', ...parts, span }));

const mapDeclaration = fc.record({ map: mapName, type: fc.constantFrom('hash', 'lruhash'), size: fc.bigInt({ min: 0n, max: 9999n }) })
  .map((parts): Declaration => ({ kind: 'map declaration', ...parts, span }));

const config: fc.Arbitrary<ConfigEntry> = fc.record({ name: fc.constantFrom('max_strlen', 'license'), value: fc.constantFrom<string | bigint>(64n, 'warn', 'Dual MIT/GPL', '"', 'a\nb') })
  .map((parts) => ({ ...parts, span }));

export const generatedScript: fc.Arbitrary<Script> = fc.record({ config: fc.array(config, { maxLength: 2 }), declarations: fc.array(fc.oneof(probe, probe, macro, mapDeclaration), { maxLength: 4 }) })
  .map((parts) => ({ kind: 'script', preamble: noPreamble, ...parts, span }));
