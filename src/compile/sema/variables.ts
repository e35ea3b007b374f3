// The `$variables` of one program: block scopes, no shadowing, types that widen from pass to pass.
import type { Span } from '../../base/span.ts';
import { join } from './join.ts';
import { sameType } from './maps.ts';
import type { Widening } from './maps.ts';
import type { ScriptType } from './stype.ts';

export interface VariableState {
  /** Unique in its program: the name and a number, given in order of declaration. */
  readonly id: string;
  /** With the dollar sign, as the user wrote it. */
  readonly name: string;
  type: ScriptType;
  /** Declared with a type: nothing widens it. */
  fixed: boolean;
  /** Where it was declared. */
  span: Span;
}

export class Variables {
  readonly #states = new Map<string, VariableState>();
  #scopes: Map<string, VariableState>[] = [];
  #count = 0;
  changed = false;

  /** Starts another pass over the same code: numbers are given again in the same order. */
  restart(): void {
    this.#scopes = [new Map()];
    this.#count = 0;
    this.changed = false;
  }

  scoped(body: () => void): void {
    this.#scopes.push(new Map());
    body();
    this.#scopes.pop();
  }

  find(name: string): VariableState | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at--) {
      const found = this.#scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A new variable of the innermost scope. */
  declare(name: string, span: Span): VariableState {
    const id = `${name}.${this.#count++}`;
    const state = this.#states.get(id) ?? { id, name: userName(name), type: { kind: 'unknown' }, fixed: false, span };
    this.#states.set(id, state);
    this.#scopes.at(-1)?.set(name, state);
    return state;
  }

  /** The states in order of declaration. */
  get all(): readonly VariableState[] {
    return [...this.#states.values()];
  }

  widen(state: VariableState, type: ScriptType): Widening {
    const joined = join(state.type, type);
    if (joined === undefined) return 'mismatch';
    if (sameType(joined, state.type)) return 'same';
    if (state.fixed) return 'mismatch';
    state.type = joined;
    this.changed = true;
    return 'wider';
  }
}

/** Variables of macros carry the macro's name behind a `#`. */
export function userName(name: string): string {
  return name.replace(/#.*$/, '');
}
