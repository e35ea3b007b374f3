// Fields as tracefs shows them (kernel/trace/trace_events.c: f_show), made from what the kernel's tables hold.
import type { Btf } from '../btf/btf.ts';
import { kindOf } from '../btf/kinds.ts';
import type { EventField } from './format.ts';
import { findTypes, isSigned, sizeOfType, structure } from './members.ts';
import { typeText } from './typetext.ts';

/** The fields that every event begins with: those of struct trace_entry, with `common_` before their names. */
export function commonFields(btf: Btf): readonly EventField[] {
  const entry = structure(btf, 'trace_entry');
  return [...(entry?.members ?? [])].map(([name, { offset, type }]) => {
    return {
      name: `common_${name}`,
      type: typeText(btf, type).text,
      array: '',
      offset,
      size: sizeOfType(btf, type) ?? 0,
      signed: isSigned(btf, type),
      location: 'record',
    };
  });
}

interface Described {
  readonly name: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** Elements of an array, where the kernel's tables have it (`len`, kernel 6.2 and some before). */
  readonly count: number | undefined;
}

/** A field from the text of its type: `__data_loc char[]`, `char[TASK_COMM_LEN]`, `struct sock *`. */
export function fieldOf(btf: Btf, text: string, { name, offset, size, signed, count }: Described): EventField {
  const found = /^(__data_loc |__rel_loc )?([^]*?)(\[[^\]]*\])?\s*$/.exec(text);
  const [, mark, before = '', brackets = ''] = found ?? [];
  const type = before.trim();
  const location = mark === undefined ? 'record' : mark === '__data_loc ' ? 'dataloc' : 'relloc';
  const array = brackets === '' || location !== 'record' ? brackets : `[${elements(btf, type, brackets, size, count)}]`;
  return { name, type, array, offset, size, signed, location };
}

/** tracefs prints `len`; kernels without it the text, where symbols stand whose values the size tells. */
function elements(btf: Btf, type: string, brackets: string, size: number, count: number | undefined): string {
  if (count !== undefined) return count === 0 ? '' : `${count}`;
  const written = brackets.slice(1, -1);
  if (written === '' || /^\d+$/.test(written)) return written;
  const each = elementSize(btf, type);
  return each === undefined || each === 0 || size % each !== 0 ? written : `${size / each}`;
}

/** Bytes of a type by its text; undefined for one that the BTF has not. */
function elementSize(btf: Btf, text: string): number | undefined {
  const type = text.replace(/\b(?:const|volatile) ?/g, '').trim();
  if (type.endsWith('*')) return 8;
  const basic = basicSizes.get(type.replace(/ int$/, '').replace(/^(?:un)?signed /, ''));
  if (basic !== undefined) return basic;
  const [, tag, name = type] = /^(struct|union|enum) (\w+)$/.exec(type) ?? [];
  const kind = tag === 'struct' ? kindOf.STRUCT : tag === 'union' ? kindOf.UNION : tag === 'enum' ? kindOf.ENUM : kindOf.TYPEDEF;
  const [id] = findTypes(btf, kind, name);
  return id === undefined ? undefined : sizeOfType(btf, id);
}

const basicSizes: ReadonlyMap<string, number> = new Map([['char', 1], ['bool', 1], ['_Bool', 1], ['short', 2], ['int', 4], ['unsigned', 4], ['long', 8], ['long long', 8]]);
