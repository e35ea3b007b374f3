// Where the memory lies that an expression means.
import type { ValueId } from '../ir/ir.ts';
import type { Expression } from '../lang/ast.ts';
import type { Space } from '../sema/stype.ts';
import type { Emit } from './emit.ts';

/** Pointers and integers are addresses; what the program holds itself is read like memory of the kernel. */
export function placeOf(e: Emit, expression: Expression): { readonly address: ValueId; readonly offset: number; readonly space: Space } {
  const type = e.typeOf(expression);
  const value = e.lower(expression);
  switch (value.in) {
    case 'register':
      return { address: value.value, offset: 0, space: type.kind === 'pointer' ? type.space : e.probe.space };
    case 'memory':
      return { address: value.base, offset: value.offset, space: 'kernel' };
    case 'address':
      return { address: value.address, offset: value.offset, space: value.space };
    case 'nothing':
      return { address: e.ir.constant(0), offset: 0, space: 'kernel' };
  }
}
