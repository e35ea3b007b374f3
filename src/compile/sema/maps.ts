// The script's maps: what is known of their keys and values while the code of all probes is looked at, and their kernel names.
import type { Span } from '../../base/span.ts';
import type { MapDeclaration } from '../lang/ast.ts';
import { join } from './join.ts';
import { s64, type ScriptType } from './stype.ts';

export interface MapState {
  /** With the at sign. */
  readonly name: string;
  /** At most 15 characters of [A-Za-z0-9_.], unique. */
  readonly kernelName: string;
  /** `let @m = lruhash(10);` */
  declaration: MapDeclaration | undefined;
  /** null: used without a key. undefined: not known yet. */
  key: ScriptType | null | undefined;
  value: ScriptType | undefined;
  /** Something is stored in it somewhere, of whatever type. */
  assigned: boolean;
  /** Its value is asked for somewhere. */
  read: boolean;
  /** Where it was first named. */
  readonly span: Span;
}

/** What came of widening a type: nothing new, something new, or no common type. */
export type Widening = 'same' | 'wider' | 'mismatch';

/** Where in the script a map is used, and in which program. */
export interface Place {
  readonly node: object;
  readonly program: object;
}

export class MapTable {
  /** The program that a place was first seen in. */
  readonly #seen = new WeakMap<object, object>();
  readonly #maps = new Map<string, MapState>();
  /** Set when anything became known; whoever watches sets it back. */
  changed = false;

  get all(): readonly MapState[] {
    return [...this.#maps.values()];
  }

  get(name: string, span: Span): MapState {
    const known = this.#maps.get(name);
    if (known !== undefined) return known;
    const state: MapState = { name, kernelName: this.#kernelName(name), declaration: undefined, key: undefined, value: undefined, assigned: false, read: false, span };
    this.#maps.set(name, state);
    return state;
  }

  /** Takes note of a key; `mismatch` leaves what was known. */
  widenKey(state: MapState, key: ScriptType | null, place: Place): Widening {
    if (state.key === undefined) {
      if (key?.kind === 'unknown') return 'same';
      state.key = key;
      return this.#noted();
    }
    if (key === null || state.key === null) return key === state.key ? 'same' : 'mismatch';
    const joined = join(state.key, key, this.#elsewhere(place));
    if (joined === undefined) return 'mismatch';
    if (sameType(joined, state.key)) return 'same';
    state.key = joined;
    return this.#noted();
  }

  widenValue(state: MapState, value: ScriptType, place: Place): Widening {
    if (value.kind === 'unknown') return 'same';
    const joined = state.value === undefined ? value : join(state.value, value, this.#elsewhere(place));
    if (joined === undefined) return 'mismatch';
    if (state.value !== undefined && sameType(joined, state.value)) return 'same';
    state.value = joined;
    return this.#noted();
  }

  /** Maps whose values come from nothing but themselves, or that nothing is stored in, hold integers. */
  closeOpen(): void {
    for (const state of this.#maps.values()) {
      if (state.value !== undefined || !state.read) continue;
      state.value = s64;
      this.changed = true;
    }
  }

  /** The same code in another program: what it reads may have another sign there, which is no mistake of the user's. */
  #elsewhere({ node, program }: Place): boolean {
    const first = this.#seen.get(node) ?? program;
    this.#seen.set(node, first);
    return first !== program;
  }

  #noted(): Widening {
    this.changed = true;
    return 'wider';
  }

  #kernelName(name: string): string {
    const base = `at_${name.slice(1)}`;
    const taken = new Set(this.all.map((state) => state.kernelName));
    let short = base.slice(0, 15);
    for (let count = 2; taken.has(short); count++) {
      const suffix = `.${count}`;
      short = base.slice(0, 15 - suffix.length) + suffix;
    }
    return short;
  }
}

/** Equality of types as data; enum definitions are compared by name. */
export function sameType(a: ScriptType, b: ScriptType): boolean {
  return a === b || typeKey(a) === typeKey(b);
}

function typeKey(type: ScriptType): string {
  return JSON.stringify(type, (key: string, value: unknown) => (key === 'of' && type.kind === 'enum' ? undefined : typeof value === 'bigint' ? String(value) : value));
}
