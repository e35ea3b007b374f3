// `btfly offset TYPE MEMBER`: how many bytes from the start of a type its member lies, through embedded members, arrays and pointers.
import { UsageError } from '../base/errors.ts';
import { typeText } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import { bitRange } from '../resolve/attext.ts';
import { isPath, parsePath, resolvePath, type MemberPath, type ResolvedPath } from '../resolve/path.ts';
import { openKernel, type KernelChoice } from './kernel.ts';
import { namedRecords, typeName, variantNote, type NamedRecord } from './typename.ts';

export interface MemberOffset {
  /** What the path starts at: `struct sock`, `atomic_t`. */
  readonly of: string;
  /** Which definition, where the name has several. */
  readonly id: number | null;
  readonly image: string;
  readonly variant: number;
  readonly variants: number;
  /** As C writes it behind the type: `.__sk_common.skc_daddr`, `.mm->pgd`. */
  readonly path: string;
  readonly type: string;
  /** Bytes from the start of the record that the last pointer on the way leads to. */
  readonly offset: number;
  /** Bytes, of the declared type. */
  readonly size: number;
  /** Of a bitfield: bits from the start of that record, and width. */
  readonly bitOffset?: number;
  readonly bitSize?: number;
  /** One offset for each pointer that is followed, and the last; each counts from the start of the record `in`. */
  readonly hops: readonly { readonly in: string; readonly offset: number }[];
}

export interface OffsetAnswer {
  /** In order of the words, then of the definitions of a name. */
  readonly offsets: readonly MemberOffset[];
  text(): string;
  json(): string;
}

/**
 * @param words a type and paths from it (`struct sock`, `__sk_common.skc_daddr`), or paths that begin with their type (`sock.sk_socket->file`)
 * Throws UsageError that names the nearest types or members for what is not there.
 */
export async function offset(words: readonly string[], choice: KernelChoice): Promise<OffsetAnswer> {
  const kernel = await openKernel(choice);
  try {
    return offsetIn((image) => kernel.types(image), words);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for types that are open already; a module's are asked for by its name. */
export function offsetIn(typesOf: (image: string | null) => Types, words: readonly string[]): OffsetAnswer {
  const offsets = questions(words).flatMap((question) => {
    const name = typeName(question.root);
    const types = typesOf(name.image ?? null);
    return resolveAll(types, namedRecords(types, name), question);
  });
  return { offsets, text: () => offsets.map(line).join(''), json: () => asJson(offsets) };
}

/** Paths that begin with their type. */
function questions(words: readonly string[]): readonly MemberPath[] {
  const [first = '', ...rest] = words;
  if (isPath(first)) return words.map(parsePath);
  if (rest.length === 0) throw new UsageError(`'${first}': the path of a member is missing`, `btfly offset '${first}' MEMBER`);
  return rest.map((path) => ({ root: first, steps: parsePath(`x${/^(\.|->|\[)/.test(path) ? '' : '.'}${path}`).steps }));
}

/** Of several definitions those that have the path; where none has it, the first one's reason is thrown. */
function resolveAll(types: Types, records: readonly NamedRecord[], { steps }: MemberPath): readonly MemberOffset[] {
  const found: MemberOffset[] = [];
  let reason: UsageError | undefined;
  for (const named of records) {
    try {
      found.push(answer(named, resolvePath(types, named.record, steps)));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      reason ??= error;
    }
  }
  if (found.length === 0 && reason !== undefined) throw reason;
  return found;
}

function answer({ label, definition }: NamedRecord, { hops, last }: ResolvedPath): MemberOffset {
  const { id, image, variant, variants } = definition;
  const { type, offset: at, size, bitOffset, bitSize } = last;
  return {
    of: label, id, image, variant, variants,
    path: `.${hops.map((hop) => hop.steps.at(-1)?.path ?? '').join('->')}`,
    type: typeText(type), offset: at, size,
    ...(bitOffset === undefined || bitSize === undefined ? {} : { bitOffset, bitSize }),
    hops: hops.map(({ record, steps }, index) => ({ in: index === 0 ? label : `${record.kind}${record.name === null ? '' : ` ${record.name}`}`, offset: steps.at(-1)?.offset ?? 0 })),
  };
}

function line(found: MemberOffset): string {
  const { of, path, hops, size, type, bitOffset, bitSize } = found;
  const decimal = hops.map((hop) => hop.offset).join(' -> ');
  const hexadecimal = hops.map((hop) => `0x${hop.offset.toString(16)}`).join(' -> ');
  const bits = bitOffset === undefined || bitSize === undefined ? '' : `, ${bitRange(bitOffset % 8, bitSize)}`;
  return `${of}${path}: offset ${decimal} (${hexadecimal}), size ${size}, ${type}${bits}${variantNote(found)}\n`;
}

function asJson(offsets: readonly MemberOffset[]): string {
  return `${JSON.stringify(offsets.length === 1 ? offsets[0] : offsets, undefined, 2)}\n`;
}
