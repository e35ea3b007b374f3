// Expands the script's macros where they are called. Variables of a macro's body are its own; what stands for its parameters is the caller's.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import type { Span } from '../../base/span.ts';
import type { Call, Expression, MacroDeclaration, ProbeDeclaration, Script } from '../lang/ast.ts';
import { copyBlock, copyExpression, copyStatement } from './walk.ts';
import type { Rewrite } from './walk.ts';

/** The probes with every macro call replaced by the macro's body. */
export function expandMacros(script: Script, sink: DiagnosticSink): readonly ProbeDeclaration[] {
  const macros = new Map<string, MacroDeclaration[]>();
  for (const declaration of script.declarations) {
    if (declaration.kind !== 'macro') continue;
    const same = macros.get(declaration.name) ?? [];
    if (same.some((other) => signature(other) === signature(declaration))) {
      sink.error('macro', declaration.span, `Redefinition of macro ${declaration.name}`);
    }
    macros.set(declaration.name, [...same, declaration]);
  }
  const probes = script.declarations.filter((declaration) => declaration.kind === 'probe');
  if (macros.size === 0) return probes;
  const expansion = new Expansion(macros, sink);
  return probes.map((probe) => ({
    ...probe,
    predicate: probe.predicate && copyExpression(probe.predicate, expansion.outside),
    body: copyBlock(probe.body, expansion.outside),
  }));
}

const signature = (macro: MacroDeclaration): string => macro.params.map((param) => param.kind).join(',');

/** Deeper nesting of macros in macros is taken for a loop. */
const maxDepth = 64;

class Expansion {
  readonly #macros: ReadonlyMap<string, readonly MacroDeclaration[]>;
  readonly #sink: DiagnosticSink;
  #expansions = 0;

  constructor(macros: ReadonlyMap<string, readonly MacroDeclaration[]>, sink: DiagnosticSink) {
    this.#macros = macros;
    this.#sink = sink;
  }

  /** Code that is in no macro. */
  get outside(): Rewrite {
    return { expression: (expression) => this.#replace(expression, {}, 0) };
  }

  #replace(expression: Expression, around: Rewrite, depth: number): Expression | undefined {
    if (expression.kind !== 'identifier' && expression.kind !== 'call') return undefined;
    const candidates = this.#macros.get(expression.name);
    if (candidates === undefined) return undefined;
    const args = expression.kind === 'call' ? expression.args : [];
    const macro = candidates.find((each) => fits(each, args));
    if (macro === undefined) return this.#noFit(expression, candidates, args.length);
    if (depth >= maxDepth) {
      this.#sink.error('macro', expression.span, `Recursive macro call: ${macro.name}`);
      return { kind: 'integer', value: 0n, suffix: '', span: expression.span };
    }
    return this.#expand(macro, args.map((each) => copyExpression(each, around)), expression.span, depth);
  }

  /** A name with other parameters may be a builtin, which macros may share their names with. */
  #noFit(expression: Expression & { name: string }, candidates: readonly MacroDeclaration[], count: number): undefined {
    if (expression.kind === 'call' || candidates.every((each) => each.params.length > 0)) {
      const wanted = [...new Set(candidates.map((each) => each.params.length))].join(' or ');
      this.#sink.error('macro', expression.span, `Call to macro has no matching definitions, expected ${wanted} arguments, found ${count}: ${expression.name}`);
    }
    return undefined;
  }

  #expand(macro: MacroDeclaration, args: readonly Expression[], span: Span, depth: number): Expression {
    const mark = `${macro.name}.${++this.#expansions}`;
    const variables = new Map<string, string>();
    const maps = new Map<string, string>();
    const values = new Map<string, Expression>();
    for (const [index, param] of macro.params.entries()) {
      const arg = args[index];
      if (arg === undefined) continue;
      if (param.kind === 'variable' && arg.kind === 'variable') variables.set(param.name, arg.name);
      else if (param.kind === 'map' && arg.kind === 'map') maps.set(param.name, arg.name);
      else values.set(param.name, arg);
    }
    const inside: Rewrite = {
      variable: (name) => variables.get(name) ?? `${name}#${mark}`,
      map: (name) => maps.get(name) ?? name,
      expression: (expression) => {
        const value = expression.kind === 'identifier' || expression.kind === 'variable' ? values.get(expression.name) : undefined;
        if (value !== undefined) return copyExpression(value, {});
        return this.#replace(expression, inside, depth + 1);
      },
    };
    return {
      kind: 'block expression',
      statements: macro.body.statements.map((each) => copyStatement(each, inside)),
      result: macro.result && copyExpression(macro.result, inside),
      span,
    };
  }
}

function fits(macro: MacroDeclaration, args: Call['args']): boolean {
  if (macro.params.length !== args.length) return false;
  return macro.params.every((param, index) => {
    const arg = args[index];
    if (param.kind === 'map') return arg?.kind === 'map' && arg.key === null;
    return param.kind === 'expression' || arg?.kind === 'variable';
  });
}
