// A module's facts as they go from thread to thread: bytes and columns, cut to what is used.
import { Btf } from '../source/btf/btf.ts';
import type { BtfEvent } from '../source/tracefs/btfevents.ts';
import type { Event } from '../source/tracefs/tracefs.ts';
import { RowOfId } from './factrows.ts';
import type { ImageFacts } from './mergetypes.ts';
import type { CollectedModule, ModuleIdentity } from './modulefacts.ts';

export interface PackedModule {
  readonly identity: ModuleIdentity;
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly expressions: Pick<ImageFacts['expressions'], 'kind' | 'of' | 'value' | 'name' | 'id'> & Hashes;
  readonly definitions: Pick<ImageFacts['definitions'], 'kind' | 'id' | 'type'> & Hashes;
  readonly expressionOf: Rows;
  readonly definitionOf: Rows;
  readonly settlements: Uint32Array;
  readonly events: readonly Event[];
  readonly typedEvents: readonly BtfEvent[];
}

interface Hashes {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

interface Rows {
  readonly own: Int32Array;
  readonly base: ReadonlyMap<number, number>;
}

/** The second is what may be handed over instead of being copied. */
export function packModule({ identity, facts, bytes, events, typedEvents }: CollectedModule): readonly [PackedModule, ArrayBuffer[]] {
  const { expressions, definitions, expressionOf, definitionOf, settlements, btf } = facts;
  const rows = expressions.table.size;
  const count = definitions.table.size;
  const { kind, of, value, name, id } = expressions;
  const packed: PackedModule = {
    identity,
    what: btf.what,
    bytes: bytes.slice(),
    expressions: {
      kind: kind.slice(0, rows), of: of.slice(0, rows), value: value.slice(0, rows), name: name.slice(0, rows), id: id.slice(0, rows), ...expressions.table.hashes(),
    },
    definitions: { kind: definitions.kind.slice(0, count), id: definitions.id.slice(0, count), type: definitions.type.slice(0, count), ...definitions.table.hashes() },
    expressionOf: { own: expressionOf.rows, base: expressionOf.base() },
    definitionOf: { own: definitionOf.rows, base: definitionOf.base() },
    settlements,
    events,
    typedEvents,
  };
  const columns = [packed.bytes, ...Object.values(packed.expressions), ...Object.values(packed.definitions), expressionOf.rows, definitionOf.rows, settlements];
  return [packed, columns.map((column) => column.buffer as ArrayBuffer)];
}

/** @param base the BTF that the module stands on, as this thread has it */
export function unpackModule(packed: PackedModule, base: Btf): ImageFacts {
  const { expressionOf, definitionOf, settlements } = packed;
  const btf = new Btf(packed.what, packed.bytes, base);
  return {
    btf,
    expressions: { ...packed.expressions, table: tableOf(packed.expressions) },
    definitions: { ...packed.definitions, table: tableOf(packed.definitions) },
    expressionOf: new RowOfId(btf.firstId, expressionOf.own, expressionOf.base),
    definitionOf: new RowOfId(btf.firstId, definitionOf.own, definitionOf.base),
    settlements,
  };
}

function tableOf({ high, low }: Hashes): ImageFacts['expressions']['table'] {
  return { size: high.length, high: (row) => high[row] ?? 0, low: (row) => low[row] ?? 0 };
}
