// `btfly probes --arg TYPE`: where a value of some type can be had.
import { probes } from '../../app/probes.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly arg: readonly string[];
  readonly returns?: string;
  readonly json?: boolean;
  readonly kernel?: string;
  readonly db?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    let status = 0;
    const program = subcommand('probes')
      .description('Probes that hand a script a value of some type, with the words to get it by. Pointers to const, and typedefs, count.')
      .argument('[pattern]', "only these probes: 'tcp_*', 't:sock:*', 'fentry:vmlinux:*'")
      .option('--arg <type>', "an argument or a field: 'struct sock *'; of several all must be there", (type: string, before: readonly string[]) => [...before, type], [])
      .option('--returns <type>', 'what the function returns')
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (pattern: string | undefined, options: Options) => {
        const choice = { db: options.db, kernel: options.kernel, progress: progressLine() };
        const answer = await probes({ args: options.arg, returns: options.returns, pattern }, choice);
        print(options.json === true ? answer.json() : answer.text());
        if (answer.probes.length === 0) {
          complain('No probe hands that over.\n');
          status = 1;
        }
      });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}
