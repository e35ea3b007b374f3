// Where members lead: to the structs and unions that their types are made of, through pointers, arrays, qualifiers and typedefs. Both ways are look-ups
// by index, many at a time.
import { leafOf } from './expressions.ts';
import { kindNumber } from './kinds.ts';
import { inKernel } from './membership.ts';
import { packedRows } from './numberrows.ts';
import type { Ids } from './search.ts';
import type { Statements } from './statements.ts';

/** A member, and what its type leads to. */
export interface Step {
  /** Definition that it is a member of. */
  readonly record: number;
  readonly position: number;
  readonly named: boolean;
  readonly bitOffset: number;
  /** Definition. */
  readonly to: number;
  /** Pointers on the way. */
  readonly hops: number;
}

export class Leads {
  /** @param kernel its number in the catalog */
  constructor(
    readonly statements: Statements,
    readonly kernel: number,
  ) {}

  /** Members of these definitions. A name leads to all that the kernel has of it. */
  leaving(definitions: Ids): readonly Step[] {
    return this.#steps(leaving, JSON.stringify(definitions), this.kernel, this.kernel);
  }

  /** Members that lead to these definitions. */
  arriving(definitions: Ids): readonly Step[] {
    return this.#steps(arriving, JSON.stringify(definitions), this.kernel, this.kernel);
  }

  #steps(sql: string, ...values: readonly (number | string)[]): readonly Step[] {
    const { numbers } = packedRows(this.statements, sql, ...values);
    const steps: Step[] = [];
    for (let at = 0; at < numbers.length; at += 6) {
      const [record = 0, position = 0, named = 0, bitOffset = 0, to = 0, hops = 0] = numbers.slice(at, at + 6);
      steps.push({ record, position, named: named === 1, bitOffset, to, hops });
    }
    return steps;
  }
}

const { ptr, array, volatile, restrict, tag, typedef, struct, union } = kindNumber;

const wraps = [ptr, array, kindNumber.const, volatile, restrict, tag].join(', ');

/** Pointers to pointers to pointers lead nowhere that anybody goes. */
const mostPointers = 2;

const step = "group_concat(m.record || ',' || m.position || ',' || (m.name IS NOT NULL) || ',' || m.bit_offset || ',' || l.target || ',' || l.hops, ',')";

/** From the types of the members inward. */
const leaving = `WITH RECURSIVE own AS MATERIALIZED (SELECT m.record, m.position, m.name, m.bit_offset, m.type FROM json_each(?) j CROSS JOIN member m ON m.record = j.value),
  inside (type, at, hops) AS (
    SELECT type, type, 0 FROM own
    UNION SELECT i.type, e."of", i.hops + (e.kind = ${ptr}) FROM inside i CROSS JOIN expression e ON e.id = i.at WHERE e.kind IN (${wraps}) AND i.hops + (e.kind = ${ptr}) <= ${mostPointers}
    UNION SELECT i.type, d.type, i.hops FROM inside i CROSS JOIN expression e ON e.id = i.at CROSS JOIN definition d ON d.kind = e.kind AND d.name = e.name WHERE e.kind = ${typedef} AND ${inKernel('d.id')}
  ),
  lead (type, target, hops) AS MATERIALIZED (
    SELECT i.type, ifnull(d.id, e.value), i.hops FROM inside i CROSS JOIN expression e ON e.id = i.at LEFT JOIN definition d ON d.kind = e.kind AND d.name = e.name
    WHERE e.kind IN (${struct}, ${union}) AND (e.name IS NULL OR ${inKernel('d.id')})
  )
  SELECT ${step} FROM own m CROSS JOIN lead l ON l.type = m.type`;

/** From the leaves of the definitions outward. */
const arriving = `WITH RECURSIVE lead (type, target, hops) AS (
    SELECT ${leafOf('d')}, d.id, 0 FROM json_each(?) j CROSS JOIN definition d ON d.id = j.value
    UNION SELECT e.id, l.target, l.hops + (e.kind = ${ptr}) FROM lead l CROSS JOIN expression e ON e."of" = l.type WHERE e.kind IN (${wraps}) AND l.hops + (e.kind = ${ptr}) <= ${mostPointers}
    UNION SELECT e.id, l.target, l.hops FROM lead l CROSS JOIN definition d INDEXED BY definition_by_type ON d.type = l.type CROSS JOIN expression e ON e.name = d.name AND e.kind = d.kind
      WHERE d.kind = ${typedef} AND ${inKernel('d.id')}
  )
  SELECT ${step} FROM (SELECT x.record, x.position, l.target, l.hops FROM lead l CROSS JOIN member x ON x.type = l.type AND ${inKernel('x.record')}) l
  CROSS JOIN member m ON m.record = l.record AND m.position = l.position`;
