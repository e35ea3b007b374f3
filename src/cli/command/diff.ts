// `btfly diff K1 K2 [NAME]`: what changed from one kernel to another.
import { Command } from 'commander';
import { diff } from '../../app/diff.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';

interface Options {
  readonly json?: boolean;
  readonly db?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = new Command('btfly diff')
      .description('What came (+), went (-) and changed (~) from one kernel of the catalog to another.')
      .argument('<kernel1>', 'a kernel of the catalog, as `btfly kernels` lists it, or `running`')
      .argument('<kernel2>', 'the later one')
      .argument('[name]', "'struct sock', 'tcp_*', 't:sched:*', 'rt:sched_switch'; without it a line for each thing that differs")
      .option('--json', 'one JSON object with everything')
      .option('--db <file>', 'the catalog to use')
      .helpOption('-h, --help', 'print this help')
      .action(async (before: string, after: string, name: string | undefined, options: Options) => {
        const answer = await diff({ before, after }, name, { db: options.db, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
        for (const note of answer.notes) complain(`WARNING: ${note}\n`);
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
