// What the programs of one script share: events by number, the compiler's own maps, kernel maps of the script's maps.
import { layoutSize } from '../../bpf/layout.ts';
import type { Layout } from '../../bpf/layout.ts';
import { setOffset, storageOf, storeMap } from '../../bpf/shape.ts';
import type { Shape, UserMap } from '../../bpf/shape.ts';
import { internalMaps, lossKinds } from '../../bpf/spec.ts';
import type { EventSpec, MapSpec } from '../../bpf/spec.ts';
import type { Types } from '../../ctype/types.ts';
import type { CompileConfig } from '../sema/builtin.ts';
import { declaredType } from '../sema/analysis.ts';
import { settle } from '../sema/join.ts';
import { layoutOf } from '../sema/layouts.ts';
import type { MapState, MapTable } from '../sema/maps.ts';

/** A map of the script as code sees it. */
export interface MapPlace {
  readonly user: UserMap;
  readonly spec: MapSpec;
  /** No key: an array of one entry, or of the buckets. */
  readonly scalar: boolean;
  readonly perCpu: boolean;
  readonly buckets: number | undefined;
  /** Bytes that a new value fills: the layout's, and zeros up to the size that the kernel wants. */
  readonly filled: number;
}

export class Unit {
  readonly #events: EventSpec[] = [];
  readonly #eventIds = new Map<string, number>();
  readonly #internal = new Map<string, MapSpec>();
  readonly #places = new Map<string, MapPlace>();
  readonly #maps: MapTable;
  readonly #types: Types;
  readonly #config: CompileConfig;

  /** @param types those of vmlinux: names of enumerators in keys and values come from there */
  constructor(maps: MapTable, types: Types, config: CompileConfig) {
    this.#maps = maps;
    this.#types = types;
    this.#config = config;
  }

  get events(): readonly EventSpec[] {
    return this.#events;
  }

  /** Number of an event; the same event of several programs of one probe is one. */
  event(event: EventSpec): number {
    const key = JSON.stringify(event);
    const known = this.#eventIds.get(key);
    if (known !== undefined) return known;
    this.#events.push(event);
    this.#eventIds.set(key, this.#events.length - 1);
    return this.#events.length - 1;
  }

  internalMap(map: MapSpec): void {
    if (!this.#internal.has(map.name)) this.#internal.set(map.name, map);
  }

  ring(): string {
    this.internalMap({ name: internalMaps.ring, type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 0, flags: 0 });
    return internalMaps.ring;
  }

  losses(): string {
    this.internalMap({ name: internalMaps.losses, type: 'array', keySize: 4, valueSize: 8 * lossKinds.length, maxEntries: 1, flags: 0 });
    return internalMaps.losses;
  }

  /** The map of that name; it is known once the analysis is done. */
  map(name: string): MapPlace {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const state = this.#maps.all.find((each) => each.name === name);
    const place = state && this.#place(state);
    if (place === undefined) throw new Error(`lower: map ${name} has no type`);
    this.#places.set(name, place);
    return place;
  }

  /** Every map of the Spec: the script's in the order in which it names them, then the compiler's own. */
  maps(): readonly MapSpec[] {
    const user = this.#maps.all.flatMap((state) => (state.value === undefined || state.key === undefined ? [] : [this.map(state.name).spec]));
    return [...user, ...this.#internal.values()];
  }

  #place(state: MapState): MapPlace | undefined {
    if (state.value === undefined || state.key === undefined) return undefined;
    const value = settle(state.value);
    const shape: Shape = value.kind === 'aggregate' ? value.shape : { kind: 'value', layout: layoutOf(this.#types, value) };
    const key = state.key === null ? null : layoutOf(this.#types, settle(state.key));
    const user: UserMap = { name: state.name, key, shape };
    const { declaration } = state;
    const entries = declaration === undefined ? this.#config.maxMapKeys : Number(declaration.size);
    const spec = storeMap(user, state.kernelName, entries, declaration && declaredType(declaration));
    const { perCpu, buckets } = storageOf(shape);
    return { user, spec, scalar: key === null, perCpu, buckets, filled: setOffset(user) ?? spec.valueSize };
  }
}

/** Whether bytes of the layout belong to none of its parts. */
export function hasPadding(layout: Layout): boolean {
  if (layout.kind === 'tuple') {
    return layout.elements.reduce((sum, each) => sum + layoutSize(each.layout), 0) !== layout.size || layout.elements.some((each) => hasPadding(each.layout));
  }
  if (layout.kind === 'record') return true;
  return layout.kind === 'array' && hasPadding(layout.of);
}
