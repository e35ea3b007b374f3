// `btfly find`: members, structs and functions by what they are like.
import { find, sizeRange } from '../../app/find.ts';
import { UsageError } from '../../base/errors.ts';
import { nothingFound } from '../nothing.ts';
import { question } from '../question.ts';

interface Conditions {
  readonly member?: string;
  readonly type?: string;
  readonly pointsTo?: string;
  readonly size?: string;
  readonly contains?: string;
  readonly holes?: string;
  readonly arg?: string;
  readonly returns?: string;
}

export const main = question<[name: string | undefined], Conditions>({
  name: 'find',
  description: 'Members, structs, unions and functions by what they are like. In names * ? [...] are as in a shell; in types a star behind a blank is a pointer.\nQualifiers do not count. Several conditions must all hold.',
  arguments: [['[name]', 'name of the struct, union or function']],
  options: [
    ['--member <name>', "members by name: 'skc_*'"],
    ['--type <type>', "members by type: 'struct list_head', 'struct sk_*', 'unsigned long'"],
    ['--points-to <type>', 'members that point to a type'],
    ['--size <bytes>', 'structs by size: 64, 64..128, 64.., ..128'],
    ['--contains <type>', 'structs that have a type inside, as a member or nested'],
    ['--holes <bytes>', 'structs with a hole of at least so many bytes'],
    ['--arg <type>', "functions that take a type: 'struct sock *'"],
    ['--returns <type>', 'functions that return a type'],
  ],
  json: 'one JSON array',
  kept: () => true,
  answer: async ([name], { member, type, pointsTo, size, contains, holes, arg, returns }, choice) => {
    const sized = size === undefined ? {} : { size: sizeRange(size) };
    const holed = holes === undefined ? {} : { holes: positive(holes) };
    const answer = await find({ name, member, type, pointsTo, contains, arg, returns, ...sized, ...holed }, choice);
    return answer.found.length > 0 ? answer : nothingFound(answer, 'Nothing is like that.', [type, arg, returns]);
  },
});

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`'${text}' is no number of bytes`);
  return Number(text);
}
