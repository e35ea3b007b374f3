// `btfly offset TYPE MEMBER...`: where a member lies.
import { offset } from '../../app/offset.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('offset')
      .description('Where members lie, in bytes from the start of their type; one offset for every pointer on the way.')
      .usage('[options] TYPE MEMBER...')
      .argument('<words...>')
      .option('--json', 'one JSON object, an array of them for several answers')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (words: string[], options: Options) => {
        const answer = await offset(words, { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
