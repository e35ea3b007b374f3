// `btfly find`: members, structs, unions and functions of a kernel by what they are like.
import { UsageError } from '../base/errors.ts';
import { declaration, typeText } from '../ctype/print.ts';
import { bitRange } from '../resolve/attext.ts';
import { find as findIn, type FindQuestion, type Found, type FoundFunction, type FoundMember, type FoundRecord } from '../resolve/find.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export type { FindQuestion, Found } from '../resolve/find.ts';

export interface FindAnswer {
  readonly found: readonly Found[];
  /** One line each; empty where nothing fits. */
  text(): string;
  /** One array. */
  json(): string;
}

/** Throws UsageError for conditions that do not go together, and with the nearest names for a type that is not there. */
export async function find(question: FindQuestion, choice: KernelChoice): Promise<FindAnswer> {
  const kernel = await openKernel(choice);
  try {
    const search = kernel.catalog.search(kernel.image.kernel);
    return findAnswer(findIn({ search, types: (image) => kernel.types(image) }, question));
  } finally {
    kernel.catalog.close();
  }
}

export function findAnswer(found: readonly Found[]): FindAnswer {
  return { found, text: () => found.map(line).join(''), json: () => `${JSON.stringify(found.map(plain), undefined, 2)}\n` };
}

/** `64`, `64..128`, `64..`, `..128`: bytes, both ends included. */
export function sizeRange(text: string): { readonly from: number; readonly to: number } {
  const match = /^(\d+)$|^(\d*)\.\.(\d*)$/.exec(text);
  if (match === null || text === '..') throw new UsageError(`'${text}' is no size`, '64, 64..128, 64.. or ..128');
  const [, exactly, from, to] = match;
  return exactly === undefined ? { from: Number(from), to: to === '' ? Number.MAX_SAFE_INTEGER : Number(to) } : { from: Number(exactly), to: Number(exactly) };
}

function line(found: Found): string {
  if (found.what === 'member') return memberLine(found);
  return found.what === 'function' ? functionLine(found) : recordLine(found);
}

function memberLine(found: FoundMember): string {
  const { of, path, offset, size, type, bitOffset, bitSize } = found;
  const bits = bitOffset === undefined || bitSize === undefined ? '' : `, ${bitRange(bitOffset % 8, bitSize)}`;
  return `${of}.${path}: offset ${offset} (0x${offset.toString(16)}), size ${size}, ${typeText(type)}${bits}${imageNote(found)}\n`;
}

function recordLine(found: FoundRecord): string {
  const { label, size, contains, holes } = found;
  const others = contains === undefined || contains.places === 1 ? '' : ` and ${contains.places - 1} more`;
  const inside = contains === undefined ? '' : `, ${contains.path} at ${contains.offset}${others}`;
  const sum = (holes ?? []).reduce((total, hole) => total + hole.size, 0);
  const list = holes?.map((hole) => `${hole.size} ${hole.after === null ? 'at the start' : `after ${hole.after}`}`).join(', ');
  const gaps = holes === undefined ? '' : `, ${holes.length} hole${holes.length === 1 ? '' : 's'} of ${sum} bytes: ${list ?? ''}`;
  return `${label}: size ${size}${inside}${gaps}${imageNote(found)}\n`;
}

function functionLine(found: FoundFunction): string {
  return `${declaration(found.type, found.name)};${imageNote(found)}\n`;
}

function imageNote({ image, images }: Found): string {
  if (image === 'vmlinux') return '';
  return images === 1 ? ` /* ${image} */` : ` /* ${image} and ${images - 1} more */`;
}

function plain(found: Found): object {
  if (found.what === 'member') return { ...found, type: typeText(found.type) };
  if (found.what !== 'function') return found;
  const { type, ...rest } = found;
  return { ...rest, returns: typeText(type.returns), params: type.params.map((each) => ({ name: each.name, type: typeText(each.type) })), variadic: type.variadic };
}
