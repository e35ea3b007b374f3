// Keys of map accesses, and what reading a map gives.
import type { Expression, MapAccess } from '../lang/ast.ts';
import { aggregateInt } from './operator.ts';
import type { Rules } from './rules.ts';
import type { ScriptType } from './stype.ts';
import { kindText, typeText } from './typetext.ts';

export function inferMapRead(rules: Rules, access: MapAccess): ScriptType {
  const state = rules.maps.get(access.name, access.span);
  checkMapKey(rules, access);
  state.read = true;
  if (!state.assigned) rules.warn(access.span, `Undefined map: ${access.name} reads as 0, nothing is stored in it`);
  return state.value ?? { kind: 'unknown' };
}

/** Takes note of the key of an access, and complains when it is not like the keys before it. */
export function checkMapKey(rules: Rules, access: MapAccess): void {
  const state = rules.maps.get(access.name, access.span);
  const key = access.key === null ? null : keyType(rules, access.key);
  if (rules.maps.widenKey(state, key, { node: access, program: rules }) !== 'mismatch') return;
  if (key === null || state.key === null || state.key === undefined) {
    const now = key === null ? 'without an explicit key (scalar map)' : 'with an explicit key (non-scalar map)';
    const before = key === null ? 'with an explicit key (non-scalar map)' : 'without an explicit key (scalar map)';
    rules.fail('map-key', access.span, `${access.name} used as a map ${now}, previously used ${before}`);
    return;
  }
  const text = (type: ScriptType): string => typeText(rules.types, type);
  rules.fail('map-key', access.span, `Argument mismatch for ${access.name}: trying to access with arguments: '${text(key)}' when map expects arguments: '${text(state.key)}'`);
}

/** The type of a key's parts: several are a tuple. */
export function keyType(rules: Pick<Rules, 'infer' | 'fail'>, parts: readonly Expression[]): ScriptType {
  const types = parts.map((part): ScriptType => {
    const type = rules.infer(part);
    const int = type.kind === 'aggregate' ? aggregateInt(type) : undefined;
    if ((type.kind === 'aggregate' && int === undefined) || type.kind === 'void' || type.kind === 'args') {
      rules.fail('map-key', part.span, `${kindText(type)} cannot be part of a map key`);
      return { kind: 'unknown' };
    }
    return int ?? type;
  });
  const [first] = types;
  if (types.length === 1 && first !== undefined) return first;
  return types.some((type) => type.kind === 'unknown') ? { kind: 'unknown' } : { kind: 'tuple', elements: types };
}
