// One event's `format` file: the record that a tracepoint writes (Documentation/trace/events.rst).
import { FormatError } from '../../base/errors.ts';

export interface EventFormat {
  readonly name: string;
  /** `common_` fields first, as in the file. */
  readonly fields: readonly EventField[];
  /** What follows `print fmt: `. */
  readonly printFormat: string;
}

export interface EventField {
  readonly name: string;
  /** C text before the name, without `__data_loc`: `struct sock *`. */
  readonly type: string;
  /** C text after the name: `[16]`, `[]`, `[TASK_COMM_LEN]`, or empty. */
  readonly array: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
  /** `dataloc` and `relloc`: the record holds a u32 that says where the contents are. */
  readonly location: 'record' | 'dataloc' | 'relloc';
}

/** Throws FormatError. */
export function parseEventFormat(what: string, text: string): EventFormat {
  const name = /^name: (\S+)\n/.exec(text)?.[1];
  if (name === undefined) throw new FormatError(what, 0, 'the first line is not "name: …"');
  const end = text.indexOf(printMark);
  if (end < 0) throw new FormatError(what, text.length, 'there is no "print fmt:"');
  const fields: EventField[] = [];
  for (let at = text.indexOf(fieldMark); at >= 0 && at < end; at = text.indexOf(fieldMark, at + 1)) {
    const stop = text.indexOf('\n', at + 1);
    fields.push(parseField(what, at, text.slice(at + fieldMark.length, stop < 0 ? text.length : stop)));
    if (fields.length > maxFields) throw new FormatError(what, at, `more than ${maxFields} fields`);
  }
  return { name, fields, printFormat: text.slice(end + printMark.length).replace(/\n$/, '') };
}

const printMark = '\nprint fmt: ';
const fieldMark = '\n\tfield:';

/** The kernel's own bound is the size of a page. */
const maxFields = 4096;

/** Characters; the longest of real kernels has some 120. The pattern's time grows with the square. */
const maxLine = 4096;

const fieldLine = /^(__data_loc |__rel_loc )?([^;]*?)(\w+)(\[[^\]]*\])?;\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);$/;

/** `__data_loc char[] name;	offset:8;	size:4;	signed:0;` has its brackets before the name. */
function parseField(what: string, at: number, line: string): EventField {
  if (line.length > maxLine) throw new FormatError(what, at, `a field of ${line.length} characters`);
  const found = fieldLine.exec(line);
  if (found === null) throw new FormatError(what, at, `not a field: ${JSON.stringify(line.slice(0, 80))}`);
  const [, location, before = '', name = '', after = '', offset, size, signed] = found;
  const brackets = /\[[^\]]*\]\s*$/.exec(before);
  const type = (brackets === null ? before : before.slice(0, brackets.index)).trim();
  return {
    name,
    type,
    array: brackets === null ? after : brackets[0].trim(),
    offset: Number(offset),
    size: Number(size),
    signed: signed === '1',
    location: location === undefined ? 'record' : location === '__data_loc ' ? 'dataloc' : 'relloc',
  };
}
