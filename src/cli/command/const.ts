// `btfly const NAME`: macros of the kernel's headers, and enumerators.
import { constants } from '../../app/const.ts';
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
    const program = subcommand('const')
      .description("What a macro of the kernel's headers or an enumerator stands for, and where it is defined. Values in decimal and hexadecimal.")
      .argument('<name>', "a name, or a pattern: 'AF_*'")
      .option('--json', 'one JSON array')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (name: string, options: Options) => {
        const answer = await constants(name, { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
