// Members by name, through the anonymous records they may stand in.
import type { Sym } from '../symbols.ts';
import type { Context } from './context.ts';
import type { Target } from './target.ts';
import { under, type Field, type RecordType, type Type } from './types.ts';

/** The member, its offset counted from the start of `type`. Fails where there is none. */
export function fieldOf({ cursor, target }: Context, type: Type, symbol: Sym): Field {
  const record = under(type);
  const name = cursor.symbols.text(symbol);
  if (record.kind !== 'struct' && record.kind !== 'union') return cursor.fail(`'.${name}' behind what is neither a struct nor a union`);
  if (target.sizeOf(record) === undefined) return cursor.fail(`'${record.kind} ${record.name ?? ''}' is not defined here, it has no member '${name}'`);
  return find(target, record, name, 0, { left: mostSteps }) ?? cursor.fail(`'${record.kind} ${record.name ?? '{...}'}' has no member '${name}'`);
}

/** Records in records in records: nobody has that many by hand. */
const mostSteps = 100_000;

function find(target: Target, record: RecordType, name: string, base: number, steps: { left: number }): Field | undefined {
  for (const field of record.fields ?? []) {
    if (--steps.left < 0) return undefined;
    if (field.name === name) return base === 0 ? field : { ...field, bitOffset: base + field.bitOffset };
    const inner = field.name === null ? under(field.type) : undefined;
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    if (target.sizeOf(inner) === undefined) continue;
    const found = find(target, inner, name, base + field.bitOffset, steps);
    if (found !== undefined) return found;
  }
  return undefined;
}
