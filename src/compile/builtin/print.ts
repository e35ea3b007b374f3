// print(): a value, one element of a map of aggregates, or a whole map, which the runtime reads when it gets there.
import { layoutSize, tupleLayout, type Layout } from '../../bpf/layout.ts';
import type { MapAccess } from '../lang/ast.ts';
import type { Builtin, BuiltinCall, CheckContext, EmitContext, MapFacts } from '../sema/builtin.ts';
import type { ScriptType } from '../sema/stype.ts';
import { kindText, typeText } from '../sema/typetext.ts';
import { argument, expectNumber, isCastable } from './expect.ts';

const nothing: ScriptType = { kind: 'void' };
const limits = tupleLayout([{ kind: 'int', size: 8, signed: false }, { kind: 'int', size: 8, signed: false }]);

export const print: Builtin = {
  name: 'print',
  form: 'statement',
  signature: 'print(value)\nprint(@m[, top[, div]])\nprint(@m[key])',
  doc: 'Prints a value, or a map: its `top` greatest elements, values divided by `div`.',
  arity: [1, 3],
  type: (check, call) => {
    const map = wholeMap(check, call);
    if (map) checkMap(check, call, map);
    else checkValue(check, call);
    return nothing;
  },
  lower: (emit, call) => {
    const map = wholeMap(emit, call);
    if (map) printMap(emit, call, map);
    else printValue(emit, call);
    return { in: 'nothing', type: nothing };
  },
};

/** The map, where the argument names it without a key. */
function wholeMap(check: CheckContext, call: BuiltinCall): MapFacts | undefined {
  const named = argument(call, 0);
  return named.kind === 'map' && named.key === null ? check.mapFacts(named.name) : undefined;
}

function checkMap(check: CheckContext, call: BuiltinCall, map: MapFacts): void {
  for (let index = 1; index < call.args.length; index++) expectNumber(check, call, index);
  if (call.args.length > 1 && map.value?.kind === 'aggregate' && map.value.shape.kind === 'stats') {
    check.warn(call.span, "print()'s top and div arguments are ignored when used on stats() maps.");
  }
}

function checkValue(check: CheckContext, call: BuiltinCall): void {
  const type = check.typeOf(argument(call, 0));
  if (type.kind === 'void' || type.kind === 'args') check.error(call.span, `${typeText(check.types, type)} type passed to print() is not printable`);
  else if (isBucketed(type)) check.error(call.span, `Map type ${kindText(type)} cannot print the value of individual keys. You must print the whole map.`);
  else if (call.args.length > 1) check.error(call.span, `Non-map print() only takes 1 argument, ${call.args.length} found`);
}

function isBucketed(type: ScriptType): boolean {
  return type.kind === 'aggregate' && (type.shape.kind === 'hist' || type.shape.kind === 'lhist');
}

function printMap(emit: EmitContext, call: BuiltinCall, map: MapFacts): void {
  const [top, div] = [1, 2].map((index) => (index < call.args.length ? (emit.constant(argument(call, index)) ?? 0n) : 0n));
  emit.event({ kind: 'printMap', map: map.kernelName, payload: limits, span: call.span }, limits.size, (base, offset) => {
    emit.ir.store(base, offset, 8, emit.ir.constant(top ?? 0n));
    emit.ir.store(base, offset + 8, 8, emit.ir.constant(div ?? 0n));
  });
}

function printValue(emit: EmitContext, call: BuiltinCall): void {
  const expression = argument(call, 0);
  const type = emit.typeOf(expression);
  if (isCastable(type)) {
    printNumber(emit, call, type);
  } else if (type.kind === 'aggregate' && expression.kind === 'map') {
    printElement(emit, call, expression);
  } else {
    const payload = emit.layoutOf(type);
    emit.event({ kind: 'print', payload, span: call.span }, layoutSize(payload), (base, offset) => {
      emit.lowerInto(expression, payload, base, offset, false);
    });
  }
}

/** count, sum, min, max, avg: the number that they are now. */
function printNumber(emit: EmitContext, call: BuiltinCall, type: ScriptType): void {
  const signed = type.kind === 'aggregate' && 'signed' in type.shape && type.shape.signed;
  const payload: Layout = { kind: 'int', size: 8, signed };
  const value = emit.lowerScalar(argument(call, 0));
  emit.event({ kind: 'print', payload, span: call.span }, 8, (base, offset) => {
    emit.ir.store(base, offset, 8, value);
  });
}

/** stats: the runtime looks the element up by its key. */
function printElement(emit: EmitContext, call: BuiltinCall, target: MapAccess): void {
  const { kernelName, key } = emit.mapFacts(target.name);
  const payload: Layout = key ? emit.layoutOf(key) : { kind: 'none' };
  const size = layoutSize(payload);
  const place = emit.mapKey(target);
  emit.event({ kind: 'printElement', map: kernelName, payload, span: call.span }, size, (base, offset) => {
    emit.ir.copy(base, offset, place.key, 0, size);
  });
}
