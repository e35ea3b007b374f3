// Values that a program needs to make only once: a later use on the same path takes what an earlier one made.
import type { Builder } from '../ir/builder.ts';
import type { ValueId } from '../ir/ir.ts';

export class OncePerPath {
  readonly #made = new WeakMap<Builder, Set<ValueId>>();

  /** @param variable a name of the builder's that nothing else writes */
  constructor(readonly variable: string) {}

  /** The value, where every path to here made the same one. */
  known(ir: Builder): ValueId | undefined {
    const made = this.#made.get(ir);
    if (made === undefined) return undefined;
    const value = ir.read(this.variable);
    return made.has(value) ? value : undefined;
  }

  once(ir: Builder, make: () => ValueId): ValueId {
    const known = this.known(ir);
    if (known !== undefined) return known;
    const value = make();
    ir.write(this.variable, value);
    const made = this.#made.get(ir) ?? new Set();
    this.#made.set(ir, made.add(value));
    return value;
  }
}
