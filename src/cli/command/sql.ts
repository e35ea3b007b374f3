// `btfly sql "SELECT …"`: a question in SQL, answered from the catalog's views.
import { isatty } from 'node:tty';
import { boxLines, jsonLines, sql, tsvLines, views, viewsText } from '../../app/sql.ts';
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
    const program = subcommand('sql')
      .description('Answers a question in SQL from the catalog: a table on a terminal, otherwise tab-separated lines.')
      .argument('[query]', 'SELECT, WITH, VALUES or EXPLAIN; without it the views are listed, with their columns and an example')
      .option('--json', 'one JSON object a line')
      .option('--kernel <name>', 'the views show this kernel alone')
      .option('--db <file>', 'the catalog to read')
      .action(async (query: string | undefined, options: Options) => {
        const choice = { db: options.db, kernel: options.kernel, progress: progressLine() };
        if (query === undefined) {
          const all = await views(choice);
          print(options.json === true ? all.map((each) => `${JSON.stringify(each)}\n`).join('') : viewsText(all));
          return;
        }
        const answer = await sql(query, choice);
        const lines = options.json === true ? jsonLines : isatty(1) ? boxLines : tsvLines;
        write(lines(answer));
        answer.close();
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

/** In pieces: an answer may be longer than memory, and whoever reads it may go away (`| head`). */
function write(lines: IterableIterator<string>): void {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < 1 << 16) continue;
    print(text);
    text = '';
  }
  print(text);
}
