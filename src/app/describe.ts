// `btfly struct | union | enum | func | type NAME`: what the catalog knows about a name, as data, text and JSON.
import type { Arch } from '../base/arch.ts';
import { UsageError } from '../base/errors.ts';
import { signatureOf, signatureText } from '../catalog/signature.ts';
import type { Definition, DefinitionKind } from '../ctype/ctype.ts';
import type { ImageTypes } from '../index/reader.ts';
import { definitionJson, type DefinitionJson } from '../resolve/json.ts';
import { Layouts } from '../resolve/layout.ts';
import { isPath, parsePath, type ResolvedPath } from '../resolve/path.ts';
import { definitionText, pathText, type TextStyle } from '../resolve/text.ts';
import { pathJson, resolveAll, type PathJson } from './describepath.ts';
import type { OpenKernel } from './kernel.ts';

/** The words of the command line. */
export type DescribeKind = 'struct' | 'union' | 'enum' | 'func' | 'type';

/** What a word means. The catalog must be open while it is asked for text or JSON. */
export interface Description {
  /** What the name means: several where it is ambiguous, or a glob. */
  readonly definitions: readonly Definition[];
  /** Where a path leads, from each definition that has it; empty where no path was asked for. */
  readonly paths: readonly ResolvedPath[];
  text(style?: TextStyle): string;
  /** Plain data, one object for each definition or path. */
  objects(): readonly (DefinitionJson | PathJson)[];
  /** The objects as JSON: one, or an array of several; with a line end. */
  json(): string;
}

/**
 * @param word `task_struct`, `tcp_*`, `sock.__sk_common.skc_daddr`, `workspace#2` (the second of that name), `nf_conn@nf_conntrack` (a module's)
 * Throws UsageError with the nearest names for what is not there.
 */
export function describe(kernel: OpenKernel, kind: DescribeKind, word: string): Description {
  return describeIn(kernel.types(chosenName(word).image ?? null), kind, word, kernel.arch);
}

/** The same for types that are open already. @param arch tells where a function finds its arguments */
export function describeIn(types: ImageTypes, kind: DescribeKind, word: string, arch?: Arch): Description {
  return isPath(word) ? describePath(types, kind, word) : describeName(types, kind, word, arch);
}

/** One object, an array of them where there are several; with a line end. */
export function jsonText(values: readonly unknown[]): string {
  return `${JSON.stringify(values.length === 1 ? values[0] : values, undefined, 2)}\n`;
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
export const kindsOf: Readonly<Record<DescribeKind, readonly DefinitionKind[]>> = {
  struct: ['struct'],
  union: ['union'],
  enum: ['enum'],
  func: ['function'],
  type: ['typedef', 'struct', 'union', 'enum', 'function', 'variable'],
};

function describeName(types: ImageTypes, kind: DescribeKind, word: string, arch: Arch | undefined): Description {
  const definitions = /[*?]/.test(word) ? matching(types, kind, word.trim()) : findDefinitions(types, kind, chosenName(word));
  const objects = (): readonly DefinitionJson[] => {
    const layouts = new Layouts(types);
    return definitions.map((each) => definitionJson(layouts, each));
  };
  return {
    definitions,
    paths: [],
    text: (style = {}) => {
      const layouts = new Layouts(types, style.cacheline);
      return definitions.map((each) => describeText(layouts, kind, each, style, arch) + headersNote(types, each) + valueNote(each, word)).join('');
    },
    objects,
    json: () => jsonText(objects()),
  };
}

/** The picture of a struct or union is pahole's, which names no image. */
function describeText(layouts: Layouts, kind: DescribeKind, definition: Definition, style: TextStyle, arch: Arch | undefined): string {
  if (definition.kind !== 'function' || arch === undefined) return definitionText(layouts, definition, style, kind === 'enum' || kind === 'type');
  return signatureText(signatureOf(layouts.types, arch, definition), arch, definition.image);
}

/** Functions of headers have other names for their parameters: nothing to tell. */
function headersNote(types: ImageTypes, definition: Definition): string {
  const { kind, name } = definition;
  if (kind === 'function' || kind === 'variable' || !types.differsInHeaders(definition)) return '';
  return `/* the kernel's headers have another one: ${kind === 'typedef' ? 'type ' : `${kind} `}${name ?? ''}@headers */\n`;
}

/** Where the enum was asked for by the name of one of its values. */
function valueNote(definition: Definition, word: string): string {
  if (definition.kind !== 'enum' || definition.name === chosenName(word).name) return '';
  const value = definition.values.find(({ name }) => name === chosenName(word).name);
  return value === undefined ? '' : `/* ${value.name} = ${value.value} */\n`;
}

/** Throws UsageError when nothing matches. */
function matching(types: ImageTypes, kind: DescribeKind, glob: string): readonly Definition[] {
  const found = kindsOf[kind].flatMap((each): readonly Definition[] => [...types.all(each, glob)]);
  if (found.length === 0) throw new UsageError(`no ${nounOf[kind]} matches ${glob}`);
  return found;
}

function findDefinitions(types: ImageTypes, kind: DescribeKind, { name, variant, image }: ChosenName): readonly Definition[] {
  const called = kindsOf[kind].flatMap((each): readonly Definition[] => types.find(each, name));
  const found = called.length === 0 && kind === 'enum' ? types.enumerators(name).map(({ of }) => of) : called;
  if (found.length === 0) throw unknownName(types, kind, name);
  const chosen = found.filter((each) => (variant === undefined || each.variant === variant) && (image === undefined || each.image === image));
  if (chosen.length > 0) return chosen;
  const there = found.map((each) => `${name}@${each.image}#${each.variant}`);
  throw new UsageError(`there is no ${name}${image === undefined ? '' : `@${image}`}${variant === undefined ? '' : `#${variant}`}`, `there are: ${there.join(', ')}`);
}

function unknownName(types: ImageTypes, kind: DescribeKind, name: string): UsageError {
  const elsewhere = kindsOf.type.filter((each) => !kindsOf[kind].includes(each) && types.find(each, name).length > 0);
  if (elsewhere.length > 0) return new UsageError(`${name} is no ${nounOf[kind]} but a ${elsewhere.join(' and a ')}`, `btfly type ${name}`);
  const [value] = types.enumerators(name);
  if (value !== undefined) return new UsageError(`${name} is no ${nounOf[kind]} but a value of ${value.of.name === null ? 'an enum without a name' : `enum ${value.of.name}`}`, `btfly enum ${name}`);
  const near = [...new Set(kindsOf[kind].flatMap((each) => types.near(each, name, 5)))].slice(0, 5);
  return new UsageError(`no ${nounOf[kind]} is called ${name}`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

const nounOf: Readonly<Record<DescribeKind, string>> = { struct: 'struct', union: 'union', enum: 'enum', func: 'function', type: 'type' };

function describePath(types: ImageTypes, kind: DescribeKind, word: string): Description {
  const { root, steps } = parsePath(word);
  const definitions = findDefinitions(types, kind, chosenName(root));
  const paths = resolveAll(types, definitions, steps);
  const objects = (): readonly PathJson[] => paths.map((path) => pathJson(word, path));
  return { definitions, paths, text: () => paths.map(pathText).join(''), objects, json: () => jsonText(objects()) };
}
