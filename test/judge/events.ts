// Events out of types alone beside what the image of the same kernel or module holds: fields by name, type, place, size and sign.
import type { Btf } from '../../src/source/btf/btf.ts';
import { eventsOfBtf } from '../../src/source/tracefs/btfevents.ts';
import type { EventField, EventFormat } from '../../src/source/tracefs/format.ts';
import type { Event } from '../../src/source/tracefs/tracefs.ts';

export interface EventsVerdict {
  /** Of the image; system calls, which have no types of their own, left out. */
  events: number;
  /** Of these: what the types tell for certain, and the fields of that. */
  resolved: number;
  fields: number;
  /** What they leave open, and how many candidates that has in all. */
  ambiguous: number;
  candidates: number;
  readonly wrong: string[];
}

export function noEvents(): EventsVerdict {
  return { events: 0, resolved: 0, fields: 0, ambiguous: 0, candidates: 0, wrong: [] };
}

/**
 * Adds up.
 * @param btf of a module on its base
 * @param scanned out of the same image
 */
export function judgeEvents(verdict: EventsVerdict, btf: Btf, scanned: readonly Event[]): void {
  const typed = new Map(eventsOfBtf(btf).map((event) => [event.name, event]));
  for (const { system, name, format } of scanned) {
    if (system === 'syscalls') continue;
    verdict.events++;
    const found = typed.get(name);
    const theirs = shown(format);
    if (found?.format !== undefined) {
      verdict.resolved++;
      verdict.fields += format.fields.length;
      const ours = shown(found.format);
      if (ours !== theirs) verdict.wrong.push(`${system}:${name}, ${found.confidence}: ${firstDifference(ours, theirs)}`);
    } else {
      verdict.ambiguous++;
      const candidates = found?.candidates ?? [];
      verdict.candidates += candidates.length;
      if (!candidates.some((each) => shown(each.format) === theirs)) verdict.wrong.push(`${system}:${name} is of none of ${candidates.map((each) => each.class).join(', ')}`);
    }
  }
}

function shown({ fields }: EventFormat): string {
  return fields.map((field) => `${spelled(field)} at ${field.offset}, ${field.size} bytes, signed ${field.location === 'record' && field.signed}`).join('\n');
}

/**
 * What a `__data_loc` field points to, and its sign, the types do not know; nor do they keep how the source writes `unsigned int` and `void *`, and the address
 * space of a per-CPU pointer.
 */
function spelled({ name, type, array, location }: EventField): string {
  if (location !== 'record') return `${location} ${name}`;
  const words = type.replaceAll('*', ' * ').split(/\s+/).filter((word) => word !== '' && word !== '__seg_gs');
  const integer = words.filter((word) => integerWords.has(word));
  // Of a number the order of the words, `int` and `signed` say nothing more; a char has three kinds.
  const bare = integer.filter((word) => word !== 'int' && (word !== 'signed' || integer.includes('char'))).sort();
  const rest = words.filter((word) => !integerWords.has(word));
  return `${[...(integer.length > 0 && bare.length === 0 ? ['int'] : bare), ...rest].join(' ')} ${name}${array}`;
}

const integerWords: ReadonlySet<string> = new Set(['signed', 'unsigned', 'char', 'short', 'int', 'long']);

function firstDifference(ours: string, theirs: string): string {
  const [a, b] = [ours.split('\n'), theirs.split('\n')];
  const at = b.findIndex((line, index) => line !== a[index]);
  return `ours ${a[at < 0 ? b.length : at] ?? 'nothing'}, the image's ${b[at] ?? 'nothing'}`;
}
