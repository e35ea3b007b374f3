// `btfly at TYPE OFFSET`: what lies at a byte of a type. For offsets out of crash dumps and disassembly.
import { UsageError } from '../base/errors.ts';
import { typeText } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import { placeAt, type Enclosing, type End, type Place } from '../resolve/at.ts';
import { placeText } from '../resolve/attext.ts';
import { openKernel, type KernelChoice } from './kernel.ts';
import { namedRecords, typeName, variantNote, type NamedRecord } from './typename.ts';

export interface AtQuestion {
  /** `struct task_struct`, `task_struct`, `atomic_t`, `workspace#2`, `nf_conn@nf_conntrack`. */
  readonly type: string;
  /** Bytes from the start of the type. */
  readonly offset: number;
  /** Bytes that are looked at, 1 where nothing else was said. */
  readonly width?: number | undefined;
}

export interface AtAnswer {
  /** One for each definition of the name. */
  readonly places: readonly (Place & { readonly named: NamedRecord })[];
  text(): string;
  json(): string;
}

/** Throws UsageError, with the nearest names, for a type that is not there. An offset past the end is an answer. */
export async function at(question: AtQuestion, choice: KernelChoice): Promise<AtAnswer> {
  const kernel = await openKernel(choice);
  try {
    return atIn((image) => kernel.types(image), question);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for types that are open already; a module's are asked for by its name. */
export function atIn(typesOf: (image: string | null) => Types, { type, offset, width = 1 }: AtQuestion): AtAnswer {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(width) || width < 1) throw new UsageError(`${offset}, ${width}: offset and size are whole numbers of bytes`);
  const name = typeName(type);
  const types = typesOf(name.image ?? null);
  const places = namedRecords(types, name).map((named) => ({ ...placeAt(types, named.record, offset, width), named }));
  return { places, text: () => places.map(text).join('\n'), json: () => `${JSON.stringify(places.length === 1 ? places.map(plain)[0] : places.map(plain), undefined, 2)}\n` };
}

/** The words of a command line: `struct task_struct` and `0x9d8`, or `task_struct+0x9d8`. */
export function atQuestion(words: readonly string[], width: string | undefined): AtQuestion {
  const [first = '', second] = words;
  const split = second === undefined ? /^(.*?)\s*\+\s*(\w+)$/.exec(first) : [first, first, second];
  if (split === null || words.length > 2) throw new UsageError(`'${words.join(' ')}': a type and one offset are expected`, "btfly at 'struct task_struct' 0x9d8");
  return { type: split[1] ?? '', offset: number(split[2] ?? ''), ...(width === undefined ? {} : { width: number(width) }) };
}

function number(text: string): number {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text)) throw new UsageError(`'${text}' is no number of bytes`, 'decimal, or hexadecimal with 0x in front');
  return Number(text);
}

function text(place: AtAnswer['places'][number]): string {
  const { definition, label } = place.named;
  const note = variantNote(definition);
  return `${note === '' ? '' : `${note.trim()}\n`}${placeText(place, definition.kind === 'typedef' ? label : undefined)}`;
}

function plain({ named, record, offset, width, members, ends }: AtAnswer['places'][number]): object {
  const { id, image, variant, variants } = named.definition;
  return { of: named.label, id, image, variant, variants, size: record.size, offset, width, members: members.map(plainMember), ends: ends.map(plainEnd) };
}

function plainMember({ type, ...rest }: Enclosing): object {
  return { ...rest, type: typeText(type) };
}

function plainEnd(end: End): object {
  if (end.kind === 'padding') return { ...end, of: `${end.of.kind}${end.of.name === null ? '' : ` ${end.of.name}`}` };
  return 'member' in end ? { ...end, member: plainMember(end.member) } : end;
}
