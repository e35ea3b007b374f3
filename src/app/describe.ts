// `btfly struct | union | enum | func | type NAME`: what the catalog knows about a name, as data, text and JSON.
import { UsageError } from '../base/errors.ts';
import type { Definition, DefinitionKind, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { typeText } from '../ctype/print.ts';
import type { ImageTypes } from '../index/reader.ts';
import { definitionJson, type DefinitionJson } from '../resolve/json.ts';
import { Layouts } from '../resolve/layout.ts';
import { isPath, parsePath, resolvePath, type PathStep, type ResolvedPath, type ResolvedStep } from '../resolve/path.ts';
import { definitionText, pathText } from '../resolve/text.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

/** The words of the command line. */
export type DescribeKind = 'struct' | 'union' | 'enum' | 'func' | 'type';

export interface Description {
  /** What the name means: several where it is ambiguous. */
  readonly definitions: readonly Definition[];
  /** Where a path leads, from each definition that has it; empty where no path was asked for. */
  readonly paths: readonly ResolvedPath[];
  text(): string;
  /** One object, or an array of them where the name is ambiguous; with a line end. */
  json(): string;
}

/**
 * @param word `task_struct`, `sock.__sk_common.skc_daddr`, `workspace#2` (the second of that name), `nf_conn@nf_conntrack` (a module's)
 * Throws UsageError with the nearest names for what is not there.
 */
export async function describe(kind: DescribeKind, word: string, choice: KernelChoice): Promise<Description> {
  const kernel = await openKernel(choice);
  try {
    const name = chosenName(word);
    return describeIn(kernel.types(name.image ?? null), kind, word);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for types that are open already. */
export function describeIn(types: ImageTypes, kind: DescribeKind, word: string): Description {
  return isPath(word) ? describePath(types, kind, word) : describeName(types, kind, word);
}

interface ChosenName {
  readonly name: string;
  /** Behind `#`, from 1. */
  readonly variant: number | undefined;
  /** Behind `@`. */
  readonly image: string | undefined;
}

function chosenName(word: string): ChosenName {
  const match = /^(?:(?:struct|union|enum)\s+)?([^@#.[\]>-]*)(?:@([\w-]+))?(?:#(\d+))?/.exec(word.trim());
  const [, name = '', image, variant] = match ?? [];
  return { name, image, variant: variant === undefined ? undefined : Number(variant) };
}

/** Kinds of definitions that a word of the command line asks for. */
const kindsOf: Readonly<Record<DescribeKind, readonly DefinitionKind[]>> = {
  struct: ['struct'],
  union: ['union'],
  enum: ['enum'],
  func: ['function'],
  type: ['typedef', 'struct', 'union', 'enum', 'function', 'variable'],
};

function describeName(types: ImageTypes, kind: DescribeKind, word: string): Description {
  const layouts = new Layouts(types);
  const definitions = findDefinitions(types, kind, chosenName(word));
  // JSON is made while the catalog is open, text as well.
  const text = definitions.map((each) => definitionText(layouts, each)).join('');
  const json = asJson(definitions.map((each) => definitionJson(layouts, each)));
  return { definitions, paths: [], text: () => text, json: () => json };
}

function findDefinitions(types: ImageTypes, kind: DescribeKind, { name, variant, image }: ChosenName): readonly Definition[] {
  const found = kindsOf[kind].flatMap((each): readonly Definition[] => types.find(each, name));
  if (found.length === 0) throw unknownName(types, kind, name);
  const chosen = found.filter((each) => (variant === undefined || each.variant === variant) && (image === undefined || each.image === image));
  if (chosen.length > 0) return chosen;
  const there = found.map((each) => `${name}@${each.image}#${each.variant}`);
  throw new UsageError(`there is no ${name}${image === undefined ? '' : `@${image}`}${variant === undefined ? '' : `#${variant}`}`, `there are: ${there.join(', ')}`);
}

function unknownName(types: ImageTypes, kind: DescribeKind, name: string): UsageError {
  const elsewhere = kindsOf.type.filter((each) => !kindsOf[kind].includes(each) && types.find(each, name).length > 0);
  if (elsewhere.length > 0) return new UsageError(`${name} is no ${nounOf[kind]} but a ${elsewhere.join(' and a ')}`, `btfly type ${name}`);
  const near = [...new Set(kindsOf[kind].flatMap((each) => types.near(each, name, 5)))].slice(0, 5);
  return new UsageError(`no ${nounOf[kind]} is called ${name}`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

const nounOf: Readonly<Record<DescribeKind, string>> = { struct: 'struct', union: 'union', enum: 'enum', func: 'function', type: 'type' };

function describePath(types: ImageTypes, kind: DescribeKind, word: string): Description {
  const { root, steps } = parsePath(word);
  const definitions = findDefinitions(types, kind, chosenName(root));
  const paths = resolveAll(types, definitions, steps);
  const text = paths.map(pathText).join('');
  const json = asJson(paths.map((path) => pathJson(word, path)));
  return { definitions, paths, text: () => text, json: () => json };
}

/** Of several definitions of a name those that have the path; where none has it, the first one's reason is thrown. */
function resolveAll(types: ImageTypes, definitions: readonly Definition[], steps: readonly PathStep[]): readonly ResolvedPath[] {
  const paths: ResolvedPath[] = [];
  let reason: UsageError | undefined;
  for (const definition of definitions) {
    const record = recordBehind(types, definition);
    if (!record) {
      reason ??= new UsageError(`${definition.name ?? definition.kind} has no members`);
      continue;
    }
    try {
      paths.push(resolvePath(types, record, steps));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      reason ??= error;
    }
  }
  if (paths.length === 0 && reason) throw reason;
  return paths;
}

function recordBehind(types: ImageTypes, definition: Definition): RecordDefinition | undefined {
  if (definition.kind === 'struct' || definition.kind === 'union') return definition;
  return definition.kind === 'typedef' ? recordOf(types, definition.type) : undefined;
}

interface StepJson {
  readonly path: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

interface PathJson {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  /** Bytes from the start of the last hop. */
  readonly offset: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
  /** One for every pointer that is followed, and the first; offsets count from the start of the hop's record. */
  readonly hops: readonly { readonly kind: 'struct' | 'union'; readonly name: string | null; readonly id: number | null; readonly image: string; readonly steps: readonly StepJson[] }[];
}

function pathJson(path: string, { hops, last }: ResolvedPath): PathJson {
  const { type, offset, size, bitOffset, bitSize } = stepJson(last);
  const bits = bitOffset === undefined || bitSize === undefined ? {} : { bitOffset, bitSize };
  return {
    path, type, size, offset, ...bits,
    hops: hops.map(({ record: { kind, name, id, image }, steps }) => ({ kind, name, id, image, steps: steps.map(stepJson) })),
  };
}

function stepJson({ type, ...rest }: ResolvedStep): StepJson {
  return { ...rest, type: typeText(type) };
}

function asJson(values: readonly (DefinitionJson | PathJson)[]): string {
  return `${JSON.stringify(values.length === 1 ? values[0] : values, undefined, 2)}\n`;
}
