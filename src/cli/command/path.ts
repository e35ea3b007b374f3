// `btfly path FROM TO`: the nearest ways from one type to another.
import { path } from '../../app/path.ts';
import { UsageError } from '../../base/errors.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly max: string;
  readonly hops: string;
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('path')
      .description("The nearest ways from one type to another, through embedded members and pointers, ready to be pasted into a script:\nbtfly path 'struct file *' 'struct super_block'")
      .argument('<from>', 'a struct, a union or a typedef of one')
      .argument('<to>')
      .option('--max <number>', 'at most so many ways', '10')
      .option('--hops <number>', 'at most so many pointers on a way', '4')
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (from: string, to: string, { max, hops, json, db, kernel }: Options) => {
        const answer = await path(from, to, { max: positive('--max', max), hops: positive('--hops', hops) }, { db, kernel, progress: progressLine() });
        print(json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

function positive(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`${option}: '${text}' is no number from 1 to 9999`);
  return Number(text);
}
