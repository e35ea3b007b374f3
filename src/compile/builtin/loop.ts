// Loops and conditions as the verifier likes them: counted from 0, with a bound that is a constant.
import type { Builder } from '../ir/builder.ts';
import type { BlockId, Condition, ValueId } from '../ir/ir.ts';

/**
 * Runs `body` for 0, step, 2 × step, … below `limit` (a multiple of step, at least one), or until the body branches to `leave`.
 * Returns the position where it ended.
 */
export function countedLoop(ir: Builder, label: string, limit: number, body: (at: ValueId, leave: BlockId) => void, step = 1): ValueId {
  const position = `${label} position ${ir.here}`;
  const loop = ir.block(label);
  const after = ir.block(`${label}.end`);
  ir.write(position, ir.constant(0));
  ir.jump(loop);
  ir.enter(loop);
  const at = ir.read(position);
  body(at, after);
  const next = ir.binary('add', at, ir.constant(step));
  ir.write(position, next);
  ir.branch('eq', next, ir.constant(limit), after, loop, 'else');
  ir.seal(loop);
  ir.seal(after);
  ir.enter(after);
  return ir.read(position);
}

/** Goes to `leave` when the condition holds, else on from here. */
export function leaveWhen(ir: Builder, condition: Condition, a: ValueId, b: ValueId, leave: BlockId): void {
  const on = ir.block('on');
  ir.branch(condition, a, b, leave, on, 'else');
  ir.seal(on);
  ir.enter(on);
}

/** Runs `body` when the condition holds, and goes on behind it. */
export function when(ir: Builder, label: string, condition: Condition, a: ValueId, b: ValueId, body: () => void, likely?: 'then' | 'else'): void {
  const then = ir.block(label);
  const after = ir.block(`${label}.end`);
  ir.branch(condition, a, b, then, after, likely);
  ir.seal(then);
  ir.enter(then);
  body();
  ir.jump(after);
  ir.seal(after);
  ir.enter(after);
}
