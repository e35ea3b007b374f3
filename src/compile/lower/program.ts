// The lowering: one program's code, typed, becomes a module of functions of the IR.
import { Builder } from '../ir/builder.ts';
import type { Module } from '../ir/ir.ts';
import type { Checker } from '../sema/checker.ts';
import { Emitter } from './emitter.ts';
import type { ProgramState } from './emitter.ts';
import { branchOn } from './operator.ts';
import type { Unit } from './unit.ts';
import { LocalVariables } from './variable.ts';

/** A predicate that is false ends the program before anything else is done. */
export function lowerProgram(check: Checker, unit: Unit): Module {
  const { declaration, programName } = check.instance;
  const ir = new Builder(programName, ['ctx']);
  ir.setSpan(check.instance.span);
  const ctx = ir.param(0);
  const state: ProgramState = { unit, check, functions: new Map(), labels: 0 };
  const e = new Emitter(state, ir, new LocalVariables(), () => ctx, () => ir.return(ir.constant(0)));
  if (declaration.predicate !== null) {
    const [body, skip] = [ir.block('body'), ir.block('skip')];
    branchOn(e, declaration.predicate, body, skip);
    ir.seal(skip);
    ir.enter(skip);
    e.leave();
    ir.seal(body);
    ir.enter(body);
  }
  e.block(declaration.body.statements);
  e.leave();
  return { functions: [ir.build(), ...state.functions.values()] };
}
