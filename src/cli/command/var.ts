// `btfly var NAME`: per-CPU variables.
import { variables } from '../../app/var.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly json?: boolean;
  readonly kernel?: string;
  readonly db?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('var')
      .description('Per-CPU variables: offset inside their section, size, section and image.')
      .argument('<name>', "a name, or a pattern: '*rq*'")
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (name: string, options: Options) => {
        const answer = await variables(name, { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
