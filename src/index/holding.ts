// Which types of a kernel have some types inside, from those outward: each round is a few look-ups by index for all types of the round before.
import { append } from '../base/append.ts';
import { leafOf } from './expressions.ts';
import { kindNumber } from './kinds.ts';
import { blockBits, codeOf, inKernel } from './membership.ts';
import { packedRows } from './numberrows.ts';
import type { Place } from './places.ts';
import type { Statements } from './statements.ts';

/** A member whose type is one of the types, or has one inside. */
export interface HoldingMember {
  readonly position: number;
  /** Empty where it has none. */
  readonly name: string;
  readonly bitOffset: number;
  /** Expression. */
  readonly type: number;
}

/** A struct or union with such members. */
export interface HoldingRecord {
  readonly definition: number;
  readonly kind: 'struct' | 'union';
  readonly name: string | null;
  /** Bytes. */
  readonly size: number;
  /** The name has further definitions in the kernel. */
  readonly several: boolean;
  readonly members: readonly HoldingMember[];
  /** The kernel's images that have it. */
  readonly places: Place[];
}

/** What a type is made of, where that holds: an array's element, what a typedef stands for. */
export interface HoldingType {
  readonly kind: number;
  readonly of: number;
  /** A typedef whose name has further meanings in the kernel. */
  readonly several: boolean;
}

export class Holding {
  /** By definition. */
  readonly records = new Map<number, HoldingRecord>();
  /** By expression: arrays, qualified types and typedefs that hold. */
  readonly types = new Map<number, HoldingType>();
  /** Typedefs of what holds, by definition: the expression that they stand for. */
  readonly typedefs = new Map<number, number>();
  /** By expression: the records that it may mean by its name. */
  readonly leaves = new Map<number, HoldingRecord[]>();
  readonly #members = new Map<number, HoldingMember[]>();
  readonly #seen: Set<number>;
  /** Types that the next round begins with. */
  #next: number[] = [];

  /**
   * @param kernel its number in the catalog
   * @param targets expressions
   */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
    targets: readonly number[],
  ) {
    this.#seen = new Set(targets);
    statements.together(() => {
      for (let types = targets; types.length > 0; types = this.#next) {
        this.#next = [];
        this.#around(JSON.stringify(types));
      }
    });
  }

  #around(types: string): void {
    const { numbers: wrapped } = packedRows(this.statements, wrapping, types);
    for (let at = 0; at < wrapped.length; at += 3) this.#type(wrapped[at] ?? 0, { kind: wrapped[at + 1] ?? 0, of: wrapped[at + 2] ?? 0, several: false });
    const { numbers: named } = packedRows(this.statements, typedefs, this.kernel, types, this.kernel);
    for (let at = 0; at < named.length; at += 4) {
      const of = named[at + 1] ?? 0;
      this.typedefs.set(named[at + 2] ?? 0, of);
      // Nothing may be of it.
      if (named[at] !== 0) this.#type(named[at] ?? 0, { kind: typedef, of, several: named[at + 3] === 1 });
    }
    const added = this.#readMembers(types);
    if (added.length > 0) this.#readRecords(added);
  }

  /** Returns the definitions that were not known before. */
  #readMembers(types: string): readonly number[] {
    const added: number[] = [];
    const { numbers, names } = packedRows(this.statements, members, types, this.kernel);
    for (let at = 0; at < numbers.length; at += 4) {
      const record = numbers[at] ?? 0;
      const member = { position: numbers[at + 1] ?? 0, name: names[at >> 2] ?? '', bitOffset: numbers[at + 2] ?? 0, type: numbers[at + 3] ?? 0 };
      const known = this.#members.get(record);
      if (known === undefined) {
        this.#members.set(record, [member]);
        added.push(record);
      } else {
        known.push(member);
      }
    }
    return added;
  }

  #readRecords(definitions: readonly number[]): void {
    const { numbers, names } = packedRows(this.statements, records, this.kernel, JSON.stringify(definitions), this.kernel);
    for (let at = 0, row = 0; at < numbers.length; at += 7, row++) {
      const definition = numbers[at] ?? 0;
      const place: Place = [numbers[at + 5] ?? 0, numbers[at + 6] ?? 0];
      const known = this.records.get(definition);
      if (known !== undefined) {
        known.places.push(place);
        continue;
      }
      const name = names[row] ?? '';
      const kind = numbers[at + 1] === union ? 'union' : 'struct';
      const record: HoldingRecord = {
        definition, kind, name: name === '' ? null : name, size: numbers[at + 2] ?? 0, several: numbers[at + 4] === 1, members: this.#members.get(definition) ?? [], places: [place],
      };
      this.records.set(definition, record);
      this.#leaf(numbers[at + 3] ?? 0, record);
    }
  }

  /** @param type 0: nothing is of it */
  #leaf(type: number, record: HoldingRecord): void {
    if (type === 0) return;
    append(this.leaves, type, record);
    this.#see(type);
  }

  #type(type: number, made: HoldingType): void {
    this.types.set(type, made);
    this.#see(type);
  }

  #see(type: number): void {
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    this.#next.push(type);
  }
}

const { array, volatile, tag, typedef, union } = kindNumber;
const wraps = [array, kindNumber.const, volatile, tag].join(', ');
const another = (condition: string): string => `EXISTS (SELECT 1 FROM definition o WHERE o.kind = d.kind AND o.name = d.name AND ${condition} AND ${inKernel('o.id')})`;

const wrapping = `SELECT group_concat(e.id || ',' || e.kind || ',' || e."of", ',') FROM json_each(?) h CROSS JOIN expression e ON e."of" = h.value WHERE e.kind IN (${wraps})`;

const typedefs = `SELECT group_concat(ifnull(e.id, 0) || ',' || d.type || ',' || d.id || ',' || ${another('o.type <> d.type')}, ',')
  FROM json_each(?) h CROSS JOIN definition d ON d.type = h.value AND d.kind = 13 LEFT JOIN expression e ON e.name = d.name AND e.kind = ${typedef} WHERE ${inKernel('d.id')}`;

const members = `SELECT group_concat(m.record || ',' || m.position || ',' || m.bit_offset || ',' || m.type, ','), group_concat(ifnull(m.name, ''), char(10))
  FROM (SELECT x.record, x.position FROM json_each(?) h CROSS JOIN member x ON x.type = h.value AND ${inKernel('x.record')}) its
  CROSS JOIN member m ON m.record = its.record AND m.position = its.position`;

const records = `SELECT group_concat(d.id || ',' || d.kind || ',' || d.size || ',' || ifnull(${leafOf('d')}, 0) || ',' || ${another('o.id <> d.id')} || ',' || b.image || ',' || (b.base + ${codeOf('d.id')} - 2), ','),
    group_concat(ifnull(d.name, ''), char(10))
  FROM json_each(?) j CROSS JOIN definition d ON d.id = j.value CROSS JOIN image_block b ON b.kernel = ? AND b.block = d.id >> ${blockBits} AND b.first <= d.id AND ${codeOf('d.id')} > 1`;
