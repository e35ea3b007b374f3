// `btfly struct | union | enum | func | type NAME`: what the catalog knows about a name, or about all names, as text or JSON.
import { InvalidArgumentError } from 'commander';
import { answerAll, answerNames, type DescribeRequest } from '../../app/answer.ts';
import type { DescribeKind } from '../../app/describe.ts';
import type { KernelChoice } from '../../app/kernel.ts';
import { UsageError } from '../../base/errors.ts';
import { question, type OptionRecord, type Shared } from '../question.ts';

interface Options extends Shared {
  readonly all?: boolean;
  readonly anonymous?: boolean;
  readonly module?: string;
  readonly sizes?: boolean;
  readonly holes?: boolean;
  readonly packable?: boolean;
  readonly c?: boolean;
  readonly reorganize?: boolean;
  readonly expand?: boolean;
  readonly hex?: boolean;
  readonly cacheline?: number;
}

export async function main(args: readonly string[], name: string): Promise<number> {
  const kind = name as DescribeKind;
  const run = question<[words: readonly string[]], Options>({
    name,
    description: descriptions[kind],
    arguments: [['[name...]', argumentText(kind)]],
    options: [...always, ...(kind === 'enum' ? ofEnums : kind === 'func' ? [] : ofRecords)],
    json: 'JSON: one object, an array of them for several answers',
    kept: () => true,
    answer: async ([words], options, choice, tell) => {
      await answer({ kind, words, form: formOf(options), ...chosen(options) }, options, choice, tell);
      return undefined;
    },
  });
  return await run(args);
}

const always: readonly OptionRecord[] = [
  ['--all', 'every definition of the kernel, in order of the BTF ids; as JSON one object a line'],
  ['--module <name>', 'this module, or vmlinux; with --all only what it defines itself'],
];

const ofEnums: readonly OptionRecord[] = [['--c', 'C that compiles']];

const ofRecords: readonly OptionRecord[] = [
  ['-E, --expand', 'embedded structs and unions with their members, typedefs with what they stand for'],
  ['--hex', 'offsets and sizes in hexadecimal'],
  ['-c, --cacheline <bytes>', 'bytes of a cacheline (64)', undefined, cachelineBytes],
  ['-a, --anonymous', 'with --all, those without a name that a typedef names, too (JSON has all that have no name)'],
  ['--sizes', 'name, size and number of holes'],
  ['--holes', 'where bytes are unused'],
  ['-P, --packable', 'name, size, size in a better order of the members, bytes saved; with --all only those that save some'],
  ['-R, --reorganize', 'a better order of the members: a hint, for no alignment that was asked for is known'],
  ['--c', 'C that compiles, with all that the types need'],
];

async function answer(request: DescribeRequest, { all }: Options, choice: KernelChoice, tell: (text: string) => void): Promise<void> {
  if (all !== true) {
    if (request.words.length === 0) throw new UsageError('the name is missing', `btfly ${request.kind} ${examples[request.kind]}, or --all`);
    await answerNames(request, choice, tell);
    return;
  }
  if (request.words.length > 0) throw new UsageError(`--all or ${request.words.join(' ')}, not both`);
  await answerAll(request, choice, tell);
}

const descriptions: Readonly<Record<DescribeKind, string>> = {
  struct: 'The layout of a struct: members with offsets and sizes in bytes, holes, cachelines. Or one member, and the way to it.',
  union: 'The layout of a union: members with sizes in bytes. Or one member, and the way to it.',
  enum: 'The enumerators of an enum, with their values; or what a value of it means.',
  func: 'The prototype of a kernel function: names and types of its arguments, and where they are when it is entered.',
  type: 'What a name of a type stands for: typedefs followed to the end.',
};

function argumentText(kind: DescribeKind): string {
  if (kind === 'enum') return 'a name or a glob; behind a name, values: numbers, or names with | between them';
  return kind === 'func' ? 'a name or a glob' : 'a name, a glob, or the way to a member: sock.__sk_common.skc_daddr';
}

const examples: Readonly<Record<DescribeKind, string>> = { struct: 'task_struct', union: 'sigval', enum: 'pid_type', func: 'vfs_read', type: 'atomic_t' };

function chosen({ anonymous, module, expand, hex, cacheline }: Options): Pick<DescribeRequest, 'anonymous' | 'module' | 'style'> {
  return { anonymous: anonymous === true, module, style: { expand, hex, cacheline } };
}

function formOf(options: Options): DescribeRequest['form'] {
  const asked = (['json', 'sizes', 'holes', 'packable', 'c', 'reorganize'] as const).filter((form) => options[form] === true);
  if (asked.length > 1) throw new UsageError(`${asked.map((form) => `--${form}`).join(' and ')} do not go together`);
  return asked[0] ?? 'text';
}

function cachelineBytes(text: string): number {
  const bytes = Number(text);
  if (!Number.isInteger(bytes) || bytes < 1) throw new InvalidArgumentError('a number of bytes is wanted.');
  return bytes;
}
