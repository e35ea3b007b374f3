// `btfly var NAME`: per-CPU variables.
import { Command } from 'commander';
import { variables } from '../../app/var.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';

interface Options {
  readonly json?: boolean;
  readonly kernel?: string;
  readonly db?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = new Command('btfly var')
      .description('Per-CPU variables: offset inside their section, size, section and image.')
      .argument('<name>', "a name, or a pattern: '*rq*'")
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .helpOption('-h, --help', 'print this help')
      .action(async (name: string, options: Options) => {
        const answer = await variables(name, { db: options.db, kernel: options.kernel, progress: progressLine() });
        process.stdout.write(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
