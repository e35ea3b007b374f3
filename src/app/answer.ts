// Answers of `btfly struct | union | enum | func | type` in the form that was asked for, told piece by piece while the catalog is open.
import { UsageError } from '../base/errors.ts';
import type { Definition, EnumDefinition, RecordDefinition } from '../ctype/ctype.ts';
import type { Types } from '../ctype/types.ts';
import { enumValue, enumValueText, readEnumValue } from '../resolve/enumvalue.ts';
import { headerOf } from '../resolve/header.ts';
import { Layouts } from '../resolve/layout.ts';
import { packableLine, reorganizedText } from '../resolve/reorganizedtext.ts';
import { holesText, sizeOfRecord, sizesLine } from '../resolve/sizes.ts';
import type { TextStyle } from '../resolve/text.ts';
import { describe, jsonText, type DescribeKind, type Description } from './describe.ts';
import { everyHole, everyJson, everyPackable, everySize, everyText } from './everything.ts';
import { openKernel, type KernelChoice, type OpenKernel } from './kernel.ts';

export interface DescribeRequest {
  readonly kind: DescribeKind;
  /** Names, globs, paths; behind the name of an enum, values. */
  readonly words: readonly string[];
  readonly form: 'text' | 'json' | 'sizes' | 'holes' | 'packable' | 'c' | 'reorganize';
  readonly style: TextStyle;
  readonly anonymous: boolean;
  /** A module, or vmlinux. */
  readonly module: string | undefined;
}

/** Throws UsageError with the nearest names for what is not there. */
export async function answerNames(request: DescribeRequest, choice: KernelChoice, tell: (text: string) => void): Promise<void> {
  await opened(choice, (kernel) => {
    const { kind, form } = request;
    const [names, values] = kind === 'enum' ? [request.words.slice(0, 1), request.words.slice(1)] : [request.words, []];
    const described = names.map((word) => describe(kernel, kind, request.module === undefined || word.includes('@') ? word : inModule(word, request.module)));
    if (values.length > 0) tell(valuesAnswer(described[0], values, form === 'json'));
    else if (form === 'json') tell(jsonText(described.flatMap((each) => each.objects())));
    else for (const each of described) tell(answerText(kernel, each, request));
  });
}

/** Every definition. Throws UsageError where that makes no sense. */
export async function answerAll({ kind, form, style, anonymous, module: image }: DescribeRequest, choice: KernelChoice, tell: (text: string) => void): Promise<void> {
  if (form === 'c') throw new UsageError('--all and --c do not go together', 'btfly header makes a header of all types');
  if (form === 'reorganize') throw new UsageError('--all and --reorganize do not go together', 'a name or a glob is wanted');
  await opened(choice, ({ image: types }) => {
    const pieces = {
      text: () => everyText(types, { kind, image, style, anonymous }),
      json: () => everyJson(types, { kind, image }),
      sizes: () => everySize(types, { kind, image }),
      holes: () => everyHole(types, { kind, image }),
      packable: () => everyPackable(types, { kind, image }),
    };
    inBatches(pieces[form](), tell);
  });
}

async function opened(choice: KernelChoice, use: (kernel: OpenKernel) => void): Promise<void> {
  const kernel = await openKernel(choice);
  try {
    use(kernel);
  } finally {
    kernel.catalog.close();
  }
}

/** `sock.sk_prot` in tcp_bbr: `sock@tcp_bbr.sk_prot`. */
function inModule(word: string, module: string): string {
  const end = /[.[]|->|#|$/.exec(word)?.index ?? word.length;
  return `${word.slice(0, end)}@${module}${word.slice(end)}`;
}

/** A write for every definition would cost more than making its text. */
function inBatches(pieces: Iterable<string>, tell: (text: string) => void): void {
  const batch: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    batch.push(piece);
    length += piece.length;
    if (length < batchLength) continue;
    tell(batch.splice(0).join(''));
    length = 0;
  }
  if (length > 0) tell(batch.join(''));
}

const batchLength = 1 << 16;

function answerText(kernel: OpenKernel, description: Description, { form, style }: DescribeRequest): string {
  const types = kernel.image;
  switch (form) {
    case 'sizes':
      return recordsOf(description, '--sizes').map((record) => sizesLine(sizeOfRecord(new Layouts(types), record))).join('');
    case 'holes':
      return recordsOf(description, '--holes').map((record) => holesText(new Layouts(types), record)).join('');
    case 'packable':
      return recordsOf(description, '--packable').map((record) => packableLine(new Layouts(types), record)).join('');
    case 'reorganize':
      return recordsOf(description, '--reorganize').map((record) => reorganizedText(new Layouts(types, style.cacheline), record, style)).join('');
    case 'c':
      return cText(types, description);
    default:
      return description.text(style);
  }
}

function cText(types: Types, { definitions, paths }: Description): string {
  if (paths.length > 0) throw new UsageError('a member is no definition: --c is for types');
  return headerOf(types, definitions);
}

function recordsOf({ definitions, paths }: Description, option: string): readonly RecordDefinition[] {
  const records = definitions.filter((each: Definition): each is RecordDefinition => each.kind === 'struct' || each.kind === 'union');
  if (records.length === 0 || paths.length > 0) throw new UsageError(`${option} is for structs and unions`);
  return records;
}

/** What numbers, or names with `|` between them, mean in an enum. */
function valuesAnswer(description: Description | undefined, words: readonly string[], asJson: boolean): string {
  const enums = (description?.definitions ?? []).filter((each: Definition): each is EnumDefinition => each.kind === 'enum');
  const answers = enums.flatMap((definition) => words.map((word) => {
    const value = readEnumValue(definition, word);
    if (value === undefined) throw new UsageError(`'${word}' is no value of enum ${definition.name ?? ''}`, 'a number, or names of it with | between them');
    return { definition, found: enumValue(definition, value) };
  }));
  if (!asJson) return answers.map(({ found }) => `${enumValueText(found)}${found.names.length > 0 || found.flags.length > 0 ? ` = ${found.value}` : ' is no value of it'}\n`).join('');
  return jsonText(answers.map(({ definition: { name, image, id }, found: { value, names, flags, rest } }) => ({
    enum: name, image, id, value: plain(value), names, flags, rest: plain(rest),
  })));
}

function plain(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
