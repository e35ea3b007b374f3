// `btfly struct --all` and its like: every definition of a kernel, one after the other, as text or JSON lines.
import type { Definition, DefinitionKind, RecordDefinition } from '../ctype/ctype.ts';
import type { WholeImage } from '../index/everything.ts';
import type { ImageTypes } from '../index/reader.ts';
import type { RecordSize } from '../index/recordsizes.ts';
import { definitionJson } from '../resolve/json.ts';
import { Layouts } from '../resolve/layout.ts';
import { isPackable, packableLine } from '../resolve/reorganizedtext.ts';
import { hasHoles, holesText, sizeOfRecord, sizesLine } from '../resolve/sizes.ts';
import { DefinitionPrinter, type TextStyle } from '../resolve/text.ts';
import { kindsOf, type DescribeKind } from './describe.ts';

export interface EverythingRequest {
  readonly kind: DescribeKind;
  /** `vmlinux`, a module; undefined: all images of the kernel. */
  readonly image?: string | undefined;
}

/**
 * A JSON object for each definition, a line each: for `struct` all structs, unions and enums, the anonymous ones and variants too.
 * Image after image, in each in order of the BTF ids. The catalog must stay open.
 */
export function* everyJson(types: ImageTypes, { kind, image }: EverythingRequest): IterableIterator<string> {
  const kinds: readonly DefinitionKind[] = kind === 'struct' ? ['struct', 'union', 'enum'] : kindsOf[kind];
  for (const whole of types.everything(image).images()) {
    const layouts = new Layouts(whole);
    for (const definition of whole.definitions(kinds)) yield `${JSON.stringify(definitionJson(layouts, definition))}\n`;
  }
}

export interface EveryTextRequest extends EverythingRequest {
  readonly style?: TextStyle;
  /** Records without a name that a typedef names, too, as pahole's -a; others stand in the records that have them. */
  readonly anonymous?: boolean;
}

/** What pahole prints of a whole file: for `struct` all structs and unions. Of others their C text. */
export function* everyText(types: ImageTypes, { kind, image, style = {}, anonymous = false }: EveryTextRequest): IterableIterator<string> {
  for (const whole of types.everything(image).images()) {
    const printer = new DefinitionPrinter(new Layouts(whole, style.cacheline), style);
    const typedefs = anonymous ? typedefsOf(whole) : undefined;
    for (const definition of whole.definitions(textKinds(kind))) {
      const typedef = definition.name === null ? typedefs?.get(definition.id ?? 0) : undefined;
      if (definition.name !== null || typedef !== undefined) yield printer.text(definition, typedef);
    }
  }
}

/** `name size holes` of every struct and union that has a name: pahole's --sizes. */
export function* everySize(types: ImageTypes, { kind, image }: EverythingRequest): IterableIterator<string> {
  const known = types.everything(image).sizes(kind === 'union' ? ['union'] : ['struct', 'union']);
  for (const record of known ?? sizesOf(types, kind, image)) yield sizesLine(record);
}

function* sizesOf(types: ImageTypes, kind: DescribeKind, image: string | undefined): IterableIterator<RecordSize> {
  for (const { layouts, record } of everyRecord(types, kind, image)) yield sizeOfRecord(layouts, record);
}

/** Structs with unused bytes, a line each for the struct and for every hole. */
export function* everyHole(types: ImageTypes, { kind, image }: EverythingRequest): IterableIterator<string> {
  for (const { layouts, record } of everyRecord(types, kind, image)) {
    if (hasHoles(layouts, record)) yield holesText(layouts, record);
  }
}

/** Structs that a better order of their members makes smaller, a line each. */
export function* everyPackable(types: ImageTypes, { kind, image }: EverythingRequest): IterableIterator<string> {
  for (const { layouts, record } of everyRecord(types, kind, image)) {
    if (isPackable(layouts, record)) yield packableLine(layouts, record);
  }
}

/** Every struct and union that has a name. */
export function* everyRecord(types: ImageTypes, kind: DescribeKind, image: string | undefined): IterableIterator<{ readonly layouts: Layouts; readonly record: RecordDefinition }> {
  for (const whole of types.everything(image).images()) {
    const layouts = new Layouts(whole);
    for (const record of whole.definitions(textKinds(kind))) {
      if (record.name !== null && (record.kind === 'struct' || record.kind === 'union')) yield { layouts, record };
    }
  }
}

function textKinds(kind: DescribeKind): readonly DefinitionKind[] {
  return kind === 'struct' ? ['struct', 'union'] : kindsOf[kind];
}

/** The first typedef of each record and enum without a name, by BTF id. */
function typedefsOf(whole: WholeImage): ReadonlyMap<number, string> {
  const typedefs = new Map<number, string>();
  for (const typedef of whole.definitions(['typedef'])) {
    const definition = typedef.kind === 'typedef' ? anonymousBehind(whole, typedef) : undefined;
    const id = definition?.id ?? undefined;
    if (id !== undefined && !typedefs.has(id)) typedefs.set(id, typedef.name ?? '');
  }
  return typedefs;
}

function anonymousBehind(whole: WholeImage, { type }: Extract<Definition, { kind: 'typedef' }>): Definition | undefined {
  const named = type.kind === 'struct' || type.kind === 'union' || type.kind === 'enum';
  return named && type.name === null ? whole.definition(type) : undefined;
}
