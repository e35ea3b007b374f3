// What a probe's code asks of its attach point: programs can be shared only by functions that give the same answers.
import type { Expression, ProbeDeclaration } from '../lang/ast.ts';
import type { Builtin } from './builtin.ts';
import { eachExpression } from './walk.ts';

export interface Asked {
  readonly name: boolean;
  readonly returns: boolean;
  /** Arguments by name: `args.x`. */
  readonly arguments: ReadonlySet<string>;
  /** `args` as a whole. */
  readonly everyArgument: boolean;
}

export function askedBy(declaration: ProbeDeclaration, builtins: ReadonlyMap<string, Builtin>): Asked {
  const asked = { name: false, returns: false, arguments: new Set<string>(), everyArgument: false };
  const asks = (expression: Expression): Builtin['asks'] =>
    expression.kind === 'identifier' || expression.kind === 'call' ? builtins.get(expression.name)?.asks : undefined;
  const visit = (expression: Expression): boolean => {
    if (expression.kind === 'member' && asks(expression.object) === 'arguments') {
      asked.arguments.add(expression.name);
      return false;
    }
    const question = asks(expression);
    if (question === 'name') asked.name = true;
    if (question === 'returns') asked.returns = true;
    if (question === 'arguments') asked.everyArgument = true;
    return true;
  };
  if (declaration.predicate !== null) eachExpression(declaration.predicate, visit);
  eachExpression(declaration.body, visit);
  return asked;
}
