// Symbols: addresses that print as names, and names that stand for addresses.
import type { Builtin, BuiltinCall, CheckContext } from '../sema/builtin.ts';
import { u64, type ScriptType } from '../sema/stype.ts';
import { argument, expectText } from './expect.ts';
import { inRegister, madeInMemory } from './memory.ts';

const kernelSymbol: ScriptType = { kind: 'ksym' };
const userSymbol: ScriptType = { kind: 'usym' };
const addresses: ReadonlySet<ScriptType['kind']> = new Set(['int', 'enum', 'pointer', 'unknown']);

export const ksym: Builtin = {
  name: 'ksym',
  form: 'function',
  signature: 'ksym(address)',
  doc: 'A kernel address, printed as its symbol.',
  arity: [1, 1],
  type: (check, call) => {
    expectAddress(check, call);
    return kernelSymbol;
  },
  lower: (emit, call) => inRegister(kernelSymbol, emit.lowerScalar(argument(call, 0))),
};

export const usym: Builtin = {
  name: 'usym',
  form: 'function',
  signature: 'usym(address)',
  doc: 'An address of the current process, printed as its symbol.',
  arity: [1, 1],
  type: (check, call) => {
    expectAddress(check, call);
    return userSymbol;
  },
  ...madeInMemory(() => userSymbol, (emit, call, _layout, base, offset) => {
    const { ir } = emit;
    ir.store(base, offset, 8, emit.lowerScalar(argument(call, 0)));
    ir.store(base, offset + 8, 8, ir.binary('lshr', ir.helper('get_current_pid_tgid', []), ir.constant(32)));
  }),
};

function expectAddress(check: CheckContext, call: BuiltinCall): void {
  if (!addresses.has(check.typeOf(argument(call, 0)).kind)) check.error(call.span, `${call.name}() expects an integer or pointer argument`);
}

export const kaddr: Builtin = {
  name: 'kaddr',
  form: 'function',
  signature: 'kaddr("symbol")',
  doc: 'Address of a kernel symbol, a number; `*kaddr("avenrun")` reads the eight bytes there.',
  arity: [1, 1],
  type: (check, call) => {
    expectText(check, call, 0);
    return u64;
  },
  lower: (emit, call) => inRegister(u64, emit.ir.runtime({ kind: 'ksym', symbol: emit.literalString(argument(call, 0)) ?? '' })),
};
