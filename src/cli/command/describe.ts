// `btfly struct | union | enum | func | type NAME`: what the catalog knows about a name, as text or JSON.
import { Command } from 'commander';
import { describe } from '../../app/describe.ts';
import type { DescribeKind } from '../../app/describe.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';

interface Options {
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[], name: string): Promise<number> {
  return await reporting(async () => {
    const program = new Command(`btfly ${name}`)
      .argument('<name>', name === 'struct' || name === 'union' ? 'a name, or the way to a member: sock.__sk_common.skc_daddr' : 'a name')
      .option('--json', 'one JSON object')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .helpOption('-h, --help', 'print this help')
      .action(async (word: string, options: Options) => {
        const answer = await describe(name as DescribeKind, word, { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
