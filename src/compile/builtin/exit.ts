// exit(): ends this run of the program, and the whole run when the runtime gets there.
import type { Builtin } from '../sema/builtin.ts';
import { expectInteger } from './expect.ts';

export const exit: Builtin = {
  name: 'exit',
  form: 'statement',
  signature: 'exit([code])',
  doc: 'Ends the probe and the run, with that exit status; `end` probes still run.',
  arity: [0, 1],
  type: (check, call) => {
    if (call.args.length > 0) expectInteger(check, call, 0);
    return { kind: 'void' };
  },
  lower: (emit, call) => {
    const [code] = call.args;
    const status = code ? emit.lowerScalar(code) : emit.ir.constant(0);
    emit.event({ kind: 'exit', payload: { kind: 'int', size: 8, signed: true }, span: call.span }, 8, (base, offset) => {
      emit.ir.store(base, offset, 8, status);
    });
    emit.leave();
    return { in: 'nothing', type: { kind: 'void' } };
  },
};
