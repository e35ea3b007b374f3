// `btfly find`: members, structs and functions by what they are like.
import { UsageError } from '../../base/errors.ts';
import { find, sizeRange } from '../../app/find.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly member?: string;
  readonly type?: string;
  readonly pointsTo?: string;
  readonly size?: string;
  readonly contains?: string;
  readonly holes?: string;
  readonly arg?: string;
  readonly returns?: string;
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    let status = 0;
    const program = subcommand('find')
      .description("Members, structs, unions and functions by what they are like. In names * ? [...] are as in a shell; in types a star behind a blank is a pointer.\nQualifiers do not count. Several conditions must all hold.")
      .argument('[name]', 'name of the struct, union or function')
      .option('--member <name>', "members by name: 'skc_*'")
      .option('--type <type>', "members by type: 'struct list_head', 'struct sk_*', 'unsigned long'")
      .option('--points-to <type>', 'members that point to a type')
      .option('--size <bytes>', 'structs by size: 64, 64..128, 64.., ..128')
      .option('--contains <type>', 'structs that have a type inside, as a member or nested')
      .option('--holes <bytes>', 'structs with a hole of at least so many bytes')
      .option('--arg <type>', "functions that take a type: 'struct sock *'")
      .option('--returns <type>', 'functions that return a type')
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (name: string | undefined, { size, holes, json, db, kernel, ...rest }: Options) => {
        const sized = size === undefined ? {} : { size: sizeRange(size) };
        const holed = holes === undefined ? {} : { holes: positive(holes) };
        const answer = await find({ name, ...rest, ...sized, ...holed }, { db, kernel, progress: progressLine() });
        print(json === true ? answer.json() : answer.text());
        status = answer.found.length === 0 ? 1 : 0;
      });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`'${text}' is no number of bytes`);
  return Number(text);
}
