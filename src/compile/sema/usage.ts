// What can be told of a call before its arguments are looked at: their number, the probe it stands in, --unsafe, the place of an aggregation.
import type { ProviderName } from '../../ctype/probes.ts';
import type { Builtin } from './builtin.ts';

export interface Use {
  /** The name as it was written: an alias is called by its own name. */
  readonly name: string;
  readonly args: number;
  readonly provider: ProviderName;
  readonly unsafe: boolean;
  /** Right of `@m =`, where aggregations belong. */
  readonly assignsMap: boolean;
}

/** What is wrong with using the builtin there; empty when nothing is. */
export function usageErrors(builtin: Builtin, use: Use): readonly string[] {
  const errors: string[] = [];
  if (builtin.unsafe === true && !use.unsafe) errors.push(`${use.name}() is an unsafe function being used in safe mode`);
  if (builtin.where && !builtin.where.includes(use.provider)) {
    errors.push(builtin.elsewhere?.(use.provider) ?? `${use.name} can not be used with "${use.provider}" probes`);
  }
  const arity = arityError(builtin, use);
  if (arity !== undefined) errors.push(arity);
  else if (builtin.form === 'aggregation' && !use.assignsMap) errors.push(`${use.name}() must be assigned directly to a map`);
  return errors;
}

function arityError(builtin: Builtin, use: Use): string | undefined {
  const [min, max] = builtin.arity;
  if (use.args >= min && use.args <= max) return undefined;
  const provided = `(${use.args} provided)`;
  if (max === 0) return `${use.name}() requires no arguments ${provided}`;
  if (min === max) return `${use.name}() requires ${count(max)} ${provided}`;
  return use.args < min ? `${use.name}() requires at least ${count(min)} ${provided}` : `${use.name}() takes up to ${count(max)} ${provided}`;
}

function count(args: number): string {
  return args === 1 ? 'one argument' : `${args} arguments`;
}
