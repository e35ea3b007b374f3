// Function-like macros and strings of the kernel's headers, where a script names them and nothing else has that name: their text is an expression.
import { DiagnosticSink } from '../../base/diagnostic.ts';
import { SourceText, type Span } from '../../base/span.ts';
import type { NamedMacro, Types } from '../../ctype/types.ts';
import type { Call, Expression, ProbeDeclaration } from '../lang/ast.ts';
import { parse } from '../lang/parser.ts';
import type { Builtin } from './builtin.ts';
import { copyBlock, copyExpression, eachExpression, type Rewrite } from './walk.ts';

type FunctionMacro = Extract<NamedMacro, { kind: 'function' }>;

export interface HeaderMacroInput {
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly types: Types;
  readonly sink: DiagnosticSink;
}

/** The probes with every such name replaced by what it stands for. */
export function expandHeaderMacros(probes: readonly ProbeDeclaration[], input: HeaderMacroInput): readonly ProbeDeclaration[] {
  const expansion = new Expansion(input);
  return probes.map((probe) => {
    const parts = [...(probe.predicate === null ? [] : [probe.predicate]), probe.body];
    let found = false;
    for (const part of parts) eachExpression(part, (each) => ((found ||= expansion.isMacro(each)) ? false : undefined));
    if (!found) return probe;
    const how = expansion.at(0);
    return { ...probe, predicate: probe.predicate && copyExpression(probe.predicate, how), body: copyBlock(probe.body, how) };
  });
}

/** Macros of headers have those in them expanded already: only their arguments nest. */
const maxDepth = 16;

class Expansion {
  readonly #macros = new Map<string, NamedMacro | undefined>();
  readonly #bodies = new Map<FunctionMacro, Expression | undefined>();

  constructor(readonly input: HeaderMacroInput) {}

  isMacro(expression: Expression): boolean {
    return expression.kind === 'call' ? this.#named(expression.name)?.kind === 'function' : expression.kind === 'identifier' && this.#text(expression.name) !== undefined;
  }

  at(depth: number): Rewrite {
    return {
      expression: (expression) => {
        if (expression.kind === 'identifier') {
          const value = this.#text(expression.name);
          return value === undefined ? undefined : { kind: 'string', value, span: expression.span };
        }
        const macro = expression.kind === 'call' ? this.#named(expression.name) : undefined;
        return expression.kind === 'call' && macro?.kind === 'function' && depth < maxDepth ? this.#expand(macro, expression, depth) : undefined;
      },
    };
  }

  #named(name: string): NamedMacro | undefined {
    if (this.input.builtins.has(name)) return undefined;
    if (!this.#macros.has(name)) this.#macros.set(name, this.input.types.macro(name));
    return this.#macros.get(name);
  }

  /** Values come before texts: names that mean one are none of ours. */
  #text(name: string): string | undefined {
    const macro = this.#named(name);
    return macro?.kind === 'string' ? macro.text : undefined;
  }

  #expand(macro: FunctionMacro, call: Call, depth: number): Expression | undefined {
    const { sink } = this.input;
    const { params, header } = macro;
    if (call.args.length !== params.length) {
      sink.error('macro', call.span, `${call.name}() requires ${params.length} argument${params.length === 1 ? '' : 's'} (${call.args.length} provided)`, { hint: `It is a macro of <${header}>: ${call.name}(${params.join(', ')}) ${macro.body}` });
      return { kind: 'integer', value: 0n, suffix: '', span: call.span };
    }
    const body = this.#body(macro);
    if (body === undefined) {
      sink.error('macro', call.span, `${call.name}() of <${header}> cannot be used here`, { hint: `It stands for ${macro.body}` });
      return { kind: 'integer', value: 0n, suffix: '', span: call.span };
    }
    const args = new Map(params.map((name, index) => [name, call.args[index]]));
    const outer = this.at(depth + 1);
    return copyExpression(moved(body, call.span), {
      expression: (expression) => {
        const given = expression.kind === 'identifier' ? args.get(expression.name) : undefined;
        return given === undefined ? outer.expression?.(expression) : copyExpression(given, outer);
      },
    });
  }

  /** undefined: it is C that scripts do not have. */
  #body(macro: FunctionMacro): Expression | undefined {
    if (!this.#bodies.has(macro)) this.#bodies.set(macro, parsed(macro, (name) => macro.params.includes(name) || this.input.builtins.has(name)));
    return this.#bodies.get(macro);
  }
}

function parsed({ body, header }: FunctionMacro, isBuiltin: (name: string) => boolean): Expression | undefined {
  const sink = new DiagnosticSink();
  const { script } = parse(new SourceText(header, `BEGIN { $value = (${body}); }`), sink, { positional: [], isBuiltin });
  const [probe] = script.declarations;
  const statement = probe?.kind === 'probe' ? probe.body.statements[0] : undefined;
  return sink.failed || script.declarations.length !== 1 || statement?.kind !== 'assign' ? undefined : statement.value;
}

/** Complaints about what a macro stands for are complaints about the place where it is used. */
function moved<T>(node: T, span: Span): T {
  if (Array.isArray(node)) return node.map((each: unknown) => moved(each, span)) as T;
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]: [string, unknown]) => [key, key === 'span' || key === 'nameSpan' ? span : moved(value, span)])) as T;
}
