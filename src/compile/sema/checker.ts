// One pass over one program's code: asks the rule of each node for its type, and keeps the answers for the passes that follow.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import type { Span } from '../../base/span.ts';
import type { Arch } from '../../base/arch.ts';
import type { Features } from '../../bpf/features.ts';
import type { CType } from '../../ctype/ctype.ts';
import { typeText as cTypeText } from '../../ctype/print.ts';
import type { BlockStatement, Expression, MapAccess, Statement, TypeName } from '../lang/ast.ts';
import { agree } from './agree.ts';
import type { Use } from './agree.ts';
import type { Builtin, CompileConfig, MapFacts, ProbeContext } from './builtin.ts';
import { inferCast, inferOffsetof, inferSizeof } from './cast.ts';
import { choicesText, leafOf } from './choices.ts';
import type { ChosenTypes } from './choices.ts';
import { constantOf, literalText } from './constant.ts';
import { scriptTypeOf } from './ctypes.ts';
import { inferIncrement } from './increment.ts';
import type { Instance } from './instance.ts';
import { literalType, settle } from './join.ts';
import { checkMapKey, inferMapRead } from './mapaccess.ts';
import type { MapTable } from './maps.ts';
import { inferIndex, inferMember } from './member.ts';
import { inferCall, inferName } from './names.ts';
import { aggregateInt, inferBinary, inferTernary, inferUnary } from './operator.ts';
import type { Rules } from './rules.ts';
import { checkCondition, checkStatement } from './statement.ts';
import type { ScriptType, Space } from './stype.ts';
import { resolveTypeName } from './typename.ts';
import { kindText } from './typetext.ts';
import type { NamedType } from './typename.ts';
import { userName, Variables } from './variables.ts';
import type { VariableState } from './variables.ts';

/** What all programs of a script share. */
export interface Shared {
  readonly arch: Arch;
  readonly features: Features;
  readonly config: CompileConfig;
  readonly unsafe: boolean;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly maps: MapTable;
}

export class Checker implements Rules {
  readonly arch: Arch;
  readonly features: Features;
  readonly config: CompileConfig;
  readonly unsafe: boolean;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly maps: MapTable;
  readonly variables = new Variables();
  readonly probe: ProbeContext;
  loops = 0;
  #types = new Map<Expression, ScriptType>();
  #bindings = new Map<Expression | Statement, VariableState>();
  readonly #made = new Map<Expression | Statement, unknown>();
  #sink: DiagnosticSink;
  #silent = 0;

  constructor(
    shared: Shared,
    readonly instance: Instance,
    readonly types: ChosenTypes,
    sink: DiagnosticSink,
  ) {
    this.arch = shared.arch;
    this.features = shared.features;
    this.config = shared.config;
    this.unsafe = shared.unsafe;
    this.builtins = shared.builtins;
    this.maps = shared.maps;
    this.probe = instance.probe;
    this.#sink = sink;
  }

  /** Goes over the code once; complaints go to `sink`. What was learned before about maps and variables is kept. */
  pass(sink: DiagnosticSink): void {
    this.#sink = sink;
    this.#types = new Map();
    this.#bindings = new Map();
    this.variables.restart();
    const { predicate, body } = this.instance.declaration;
    if (predicate !== null) checkCondition(this, predicate);
    for (const statement of body.statements) this.statement(statement);
  }

  /** Where complaints go that come up after the passes. */
  complainTo(sink: DiagnosticSink): void {
    this.#sink = sink;
  }

  /** The type of an expression that the last pass looked at. */
  knownType(expression: Expression): ScriptType | undefined {
    return this.#types.get(expression);
  }

  infer(expression: Expression): ScriptType {
    const known = this.#types.get(expression);
    if (known !== undefined) return known;
    const type = inferExpression(this, expression);
    this.#types.set(expression, type);
    return type;
  }

  record(expression: Expression, type: ScriptType): void {
    this.#types.set(expression, type);
  }

  typeOf(expression: Expression): ScriptType {
    return settle(this.infer(expression));
  }

  typeOfC(type: CType, space: Space, trusted: boolean): ScriptType {
    return scriptTypeOf(this.types, type, space, trusted);
  }

  block(block: BlockStatement): void {
    this.variables.scoped(() => {
      for (const statement of block.statements) this.statement(statement);
    });
  }

  statement(statement: Statement): void {
    checkStatement(this, statement);
  }

  bind(node: Expression | Statement, variable: VariableState): void {
    this.#bindings.set(node, variable);
  }

  /** The variable that a node of the tree names. */
  variableAt(node: Expression | Statement): VariableState {
    const found = this.#bindings.get(node);
    if (found === undefined) throw new Error(`sema: ${node.kind} at ${node.span.start} names no variable`);
    return found;
  }

  resolve(name: TypeName): Exclude<NamedType, { kind: 'missing' }> | undefined {
    const named = resolveTypeName(this.types, name, this.config.maxStringLength);
    if (named.kind === 'missing') {
      const hint = named.there !== undefined ? `There are ${named.there}` : named.near.length === 0 ? undefined : `Did you mean ${named.near.join(', ')}?`;
      this.fail('unknown-type', name.span, `Cannot resolve unknown type "${named.name}"`, hint);
      return undefined;
    }
    if (named.kind === 'c' && (named.type.kind === 'typedef' || named.type.kind === 'enum')) this.checkUse(named.type, 'whole', name.span);
    return named;
  }

  checkUse(type: CType, use: Use, span: Span): void {
    const leaf = leafOf(this.types, type);
    if (leaf === undefined) return;
    const candidates = this.types.candidates(leaf);
    if (agree(this.types, candidates, use)) return;
    const what = use === 'whole' ? 'what they are' : use === 'size' ? 'their size' : `'${use.member}'`;
    this.warn(span, `${candidates.length} types are called ${cTypeText(leaf)}, and they differ in ${what}: the first one is taken`, `Choose one of ${choicesText(candidates)}`);
  }

  mapFacts(name: string): MapFacts {
    const state = this.maps.get(name, this.instance.span);
    return {
      kernelName: state.kernelName,
      key: state.key === undefined || state.key === null ? state.key : settle(state.key),
      value: state.value && settle(state.value),
    };
  }

  checkKey(access: MapAccess): void {
    checkMapKey(this, access);
  }

  constant(expression: Expression): bigint | undefined {
    return constantOf(this, expression);
  }

  literalString(expression: Expression): string | undefined {
    return literalText(expression);
  }

  once<T>(node: Expression | Statement, make: () => T): T {
    const known = this.#made.get(node) as T | undefined;
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(node, made);
    return made;
  }

  unevaluated<T>(body: () => T): T {
    this.#silent++;
    try {
      return body();
    } finally {
      this.#silent--;
    }
  }

  fail(code: string, span: Span, message: string, hint?: string): void {
    this.#sink.error(code, span, message, hint === undefined ? {} : { hint });
  }

  error(span: Span, message: string, hint?: string): void {
    this.fail('builtin', span, message, hint);
  }

  warn(span: Span, message: string, hint?: string): void {
    if (this.#silent === 0) this.#sink.warn('warning', span, message, hint === undefined ? {} : { hint });
  }
}

type RuleTable = { readonly [K in Expression['kind']]: (rules: Rules, expression: Extract<Expression, { kind: K }>) => ScriptType };

/** One row per kind of expression. */
const expressionRules: RuleTable = {
  integer: (_rules, { value }) => literalType(value),
  string: (rules, { value, span }) => {
    const most = rules.config.maxStringLength;
    if (value.length >= most) rules.fail('string', span, `String is too long (over ${most} bytes): ${value}`);
    return { kind: 'string', size: value.length + 1 };
  },
  positional: (rules, expression) => {
    const value = constantOf(rules, expression);
    return value === undefined ? { kind: 'string', size: expression.value.length + 1 } : literalType(value);
  },
  variable: (rules, expression) => {
    const variable = rules.variables.find(expression.name);
    if (variable === undefined) {
      rules.fail('variable', expression.span, `Undefined or undeclared variable: ${userName(expression.name)}`);
      return { kind: 'unknown' };
    }
    rules.bind(expression, variable);
    return variable.type;
  },
  map: inferMapRead,
  identifier: inferName,
  call: inferCall,
  unary: inferUnary,
  increment: inferIncrement,
  binary: inferBinary,
  ternary: inferTernary,
  member: inferMember,
  index: inferIndex,
  cast: inferCast,
  tuple: (rules, { elements }) => ({ kind: 'tuple', elements: elements.map((each) => elementType(rules, each)) }),
  record: (rules, { fields }) => ({ kind: 'named tuple', fields: fields.map(({ name, value }) => ({ name, type: elementType(rules, value) })) }),
  sizeof: inferSizeof,
  offsetof: inferOffsetof,
  'block expression': (rules, { statements, result }) => {
    let type: ScriptType = { kind: 'void' };
    rules.variables.scoped(() => {
      for (const statement of statements) rules.statement(statement);
      if (result !== null) type = rules.infer(result);
    });
    return type;
  },
};

function inferExpression<K extends Expression['kind']>(rules: Rules, expression: Extract<Expression, { kind: K }>): ScriptType {
  const rule = expressionRules[expression.kind as K] as (rules: Rules, expression: Extract<Expression, { kind: K }>) => ScriptType;
  return rule(rules, expression);
}

/** What a tuple keeps of a value: aggregates as their number. */
function elementType(rules: Rules, expression: Expression): ScriptType {
  const type = rules.infer(expression);
  if (type.kind !== 'aggregate' && type.kind !== 'void' && type.kind !== 'args') return type;
  const int = type.kind === 'aggregate' ? aggregateInt(type) : undefined;
  if (int === undefined) rules.fail('tuple', expression.span, `Tuple element cannot be of type ${kindText(type)}`);
  return int ?? { kind: 'unknown' };
}
