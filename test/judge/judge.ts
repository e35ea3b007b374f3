// Our answers beside those of the reader in Python (btf.py), as lines of the same JSON, and what differs between them.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CType, EnumDefinition, Member, RecordDefinition } from '../../src/ctype/ctype.ts';
import { typeText } from '../../src/ctype/print.ts';
import { sizeOf, type Types } from '../../src/ctype/types.ts';
import type { ImageTypes } from '../../src/index/reader.ts';

/** What both say of a definition, field for field and in this order. */
interface Line {
  readonly image: string;
  readonly id: number | null;
  readonly kind: string;
  readonly name: string | null;
  readonly size: number;
  readonly members?: readonly LineMember[];
  readonly signed?: boolean;
  readonly values?: readonly { readonly name: string; readonly value: number | string }[];
}

/** The judge. */
const reader = join(import.meta.dirname, 'btf.py');

interface LineMember {
  readonly name: string | null;
  readonly type: string;
  readonly bitOffset: number;
  readonly bitSize: number | null;
  readonly size: number;
  readonly leaves: readonly (number | string)[];
}

export interface Verdict {
  /** Definitions and members that both have. */
  definitions: number;
  members: number;
  /** Leaves of member types that were followed to their definitions. */
  leaves: number;
  /** The first of them; `differing` counts all. */
  readonly differences: string[];
  differing: number;
}

export interface JudgeOptions {
  /** Makes the files split BTF. */
  readonly base?: string;
  /** Members of anonymous records in place of the ids of what types name. */
  readonly nested?: boolean;
}

/** The Python reader's lines over BTF files; `@LIST` is a file of paths. */
export async function* judged(files: readonly string[], { base, nested = false }: JudgeOptions = {}): AsyncGenerator<string> {
  const options = [nested ? '--nested' : '--leaves', ...(base === undefined ? [] : ['--base', base])];
  const child = spawn('python3', [reader, ...options, ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) yield line;
  await ended;
  if (child.exitCode !== 0) throw new Error(`btf.py: ${said}`);
}

/** Every struct, union and enum of a kernel as the catalog has them: `image id` → digest of its line. */
export function ours(types: ImageTypes): Map<string, string> {
  const lines = new Map<string, string>();
  for (const kind of ['struct', 'union', 'enum'] as const) {
    for (const definition of types.all(kind)) lines.set(`${definition.image} ${definition.id}`, digest(JSON.stringify(lineOf(types, definition))));
  }
  return lines;
}

/**
 * Takes the judge's lines off ours: what is left over on either side, or reads otherwise, is a difference.
 * @param shown how many differences are listed
 */
export async function compare(types: ImageTypes, mine: Map<string, string>, theirs: AsyncIterable<string>, shown = 20): Promise<Verdict> {
  const verdict: Verdict = { definitions: 0, members: 0, leaves: 0, differences: [], differing: 0 };
  const differ = (text: string): void => {
    if (verdict.differing++ < shown) verdict.differences.push(text);
  };
  for await (const text of theirs) {
    const [image, id] = placeOf(text);
    const key = `${image} ${id}`;
    const line = mine.get(key);
    mine.delete(key);
    verdict.definitions++;
    if (line === digest(text)) {
      verdict.members += occurrences(text, '"bitOffset":');
      verdict.leaves += leavesOf(text);
      continue;
    }
    const definition = line === undefined ? undefined : types.byId(id, image);
    if (definition?.kind !== 'struct' && definition?.kind !== 'union' && definition?.kind !== 'enum') differ(`${key}: we have it not: ${text.slice(0, 200)}`);
    else for (const each of differences(lineOf(types, definition), JSON.parse(text) as Line)) differ(`${key}: ${each}`);
  }
  for (const key of mine.keys()) differ(`${key}: only we have it`);
  return verdict;
}

function lineOf(types: ImageTypes, definition: RecordDefinition | EnumDefinition): Line {
  const { image, id, kind, name, size } = definition;
  if (definition.kind !== 'enum') return { image, id, kind, name, size, members: definition.members.map((member) => memberOf(types, image, member)) };
  const values = definition.values.map((each) => ({ name: each.name, value: plain(each.value) }));
  return { image, id, kind, name, size, signed: definition.signed, values };
}

function memberOf(types: Types, image: string, { name, type, bitOffset, bitSize }: Member): LineMember {
  return { name, type: typeText(type), bitOffset, bitSize, size: sizeOf(types, type), leaves: leaves(types, image, type) };
}

/** Ids of the definitions that a type means, in the order of C's declarations; 0 where it is only declared. */
function leaves(types: Types, image: string, type: CType): (number | string)[] {
  switch (type.kind) {
    case 'void':
    case 'int':
    case 'float':
      return [];
    case 'ptr':
      return leaves(types, image, type.to);
    case 'function':
      return [type.returns, ...type.params.map((each) => each.type)].flatMap((each) => leaves(types, image, each));
    case 'struct':
    case 'union':
    case 'enum':
    case 'typedef': {
      // Ids of vmlinux and of a module differ; those of two modules may not.
      const meant = types.definition(type);
      return [meant === undefined ? 0 : meant.image === 'vmlinux' || meant.image === image ? (meant.id ?? -1) : `${meant.image} ${meant.id}`];
    }
    default:
      return leaves(types, image, type.of);
  }
}

function plain(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function placeOf(text: string): readonly [string, number] {
  const found = /^\{"image":"([^"]*)","id":(\d+),/.exec(text);
  return [found?.[1] ?? '', Number(found?.[2])];
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

function* differences(mine: Line, theirs: Line): Generator<string> {
  const [{ members: ourMembers = [], ...ourRest }, { members: theirMembers = [], ...theirRest }] = [mine, theirs];
  if (JSON.stringify(ourRest) !== JSON.stringify(theirRest)) yield `${JSON.stringify(ourRest).slice(0, 300)} is ${JSON.stringify(theirRest).slice(0, 300)}`;
  if (ourMembers.length !== theirMembers.length) yield `${mine.kind} ${mine.name}: ${ourMembers.length} members are ${theirMembers.length}`;
  for (const [index, member] of theirMembers.entries()) {
    const our = JSON.stringify(ourMembers[index]);
    if (our !== JSON.stringify(member)) yield `${mine.kind} ${mine.name} member ${index}: ${our} is ${JSON.stringify(member)}`;
  }
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

function leavesOf(text: string): number {
  let count = 0;
  for (const [, ids = ''] of text.matchAll(/"leaves":\[([^\]]*)\]/g)) if (ids !== '') count += occurrences(ids, ',') + 1;
  return count;
}
