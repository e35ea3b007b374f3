// `btfly at TYPE OFFSET`: what lies at a byte of a type.
import { at, atQuestion } from '../../app/at.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly size?: string;
  readonly json?: boolean;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('at')
      .description('What lies at a byte of a type: the members around it, outer before inner, and which byte of the innermost it is.')
      .usage('[options] TYPE OFFSET')
      .argument('<words...>')
      .option('--size <bytes>', 'how many bytes are looked at: the width of an access', '1')
      .option('--json', 'one JSON object, an array of them for several definitions of the name')
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async (words: string[], options: Options) => {
        const answer = await at(atQuestion(words, options.size), { db: options.db, kernel: options.kernel, progress: progressLine() });
        print(options.json === true ? answer.json() : answer.text());
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
