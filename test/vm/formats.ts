// Events as tracefs prints them beside those that were read from an image: fields one by one, print formats as text.
import type { Event } from '../../src/source/tracefs/tracefs.ts';

export interface Compared {
  readonly events: number;
  readonly fields: number;
  /** Print formats that are the same to the letter. */
  readonly formats: number;
  readonly differences: readonly string[];
}

/** @param shown text of format files by `system/event` */
export function compareEvents(events: readonly Event[], shown: ReadonlyMap<string, string>): Compared {
  const differences: string[] = [];
  let [fields, formats, compared] = [0, 0, 0];
  for (const { system, name, format } of events) {
    const text = shown.get(`${system}/${name}`);
    if (text === undefined) continue;
    compared++;
    const theirs = readFields(text);
    const ours = format.fields.map((field) => {
      const mark = { record: '', dataloc: '__data_loc ', relloc: '__rel_loc ' }[field.location];
      // The brackets of what is elsewhere stand before its name.
      const declared = mark === '' ? `${field.type} ${field.name}${field.array}` : `${mark}${field.type}${field.array} ${field.name}`;
      return `${plain(declared)} at ${field.offset}, ${field.size} bytes, signed ${field.signed ? 1 : 0}`;
    });
    fields += theirs.length;
    if (ours.join('\n') !== theirs.join('\n')) {
      const at = theirs.findIndex((each, index) => each !== ours[index]);
      differences.push(`${system}:${name}: ours ${ours[at < 0 ? theirs.length : at] ?? 'nothing'}, tracefs ${theirs[at] ?? 'nothing'}`);
    }
    const printed = /\nprint fmt: ([^]*)\n$/.exec(text)?.[1] ?? '';
    if (printed === format.printFormat) formats++;
    else if (tokens(printed) !== tokens(format.printFormat)) differences.push(`${system}:${name}: print fmt: ${firstDifference(format.printFormat, printed)}`);
  }
  return { events: compared, fields, formats, differences };
}

function readFields(text: string): readonly string[] {
  return [...text.matchAll(/^\tfield:([^;]*);\toffset:(\d+);\tsize:(\d+);\tsigned:([01]);$/gm)]
    .map(([, declared = '', offset, size, signed]) => `${plain(declared)} at ${offset}, ${size} bytes, signed ${signed}`);
}

function plain(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').replaceAll(/ ?([*[\]]) ?/g, '$1');
}

/** Without the names and numbers that the kernel swaps at boot, an enumerator for its value: it leaves some names that it does not have to. Strings count whole. */
function tokens(format: string): string {
  return format
    .replaceAll(/"(?:\\[^]|[^"\\])*"|\b[A-Za-z_]\w*\b|-?\b\d\w*\b/g, (text) => (text.startsWith('"') ? text : /^-?\d|^[A-Z]/.test(text) ? 'N' : text))
    .replaceAll(/\{ ?[A-Za-z_]\w* ?,/g, '{ N,')
    .replaceAll(/\(-?N\)|-N/g, 'N');
}

function firstDifference(ours: string, theirs: string): string {
  let at = 0;
  while (at < ours.length && ours[at] === theirs[at]) at++;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 30), at + 60));
  return `ours ${around(ours)}, tracefs ${around(theirs)}`;
}
