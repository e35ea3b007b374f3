// `btfly struct | union | enum | func | type NAME`: what the catalog knows about a name, as text or JSON.
import { describe } from '../../app/describe.ts';
import type { DescribeKind } from '../../app/describe.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[], name: string): Promise<number> {
  return await reporting(async () => {
    const program = subcommand(name)
      .description(descriptions[name as DescribeKind])
      .argument('<name>', name === 'struct' || name === 'union' ? 'a name, or the way to a member: sock.__sk_common.skc_daddr' : 'a name')
      .option('--json', 'one JSON object')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (word: string, options: Options) => {
        const answer = await describe(name as DescribeKind, word, { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

const descriptions: Readonly<Record<DescribeKind, string>> = {
  struct: 'The layout of a struct: members with offsets and sizes in bytes, holes, cachelines. Or one member, and the way to it.',
  union: 'The layout of a union: members with sizes in bytes. Or one member, and the way to it.',
  enum: 'The enumerators of an enum, with their values.',
  func: 'The prototype of a kernel function, with the names of its arguments.',
  type: 'What a name of a type stands for: typedefs followed to the end.',
};
