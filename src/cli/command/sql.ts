// `btfly sql "SELECT …"`: a question in SQL, answered from the catalog's views.
import { isatty } from 'node:tty';
import { boxLines, jsonLines, sql, tsvLines, views, viewsText, type SqlAnswer } from '../../app/sql.ts';
import { question } from '../question.ts';

export const main = question<[query: string | undefined]>({
  name: 'sql',
  description: 'Answers a question in SQL from the catalog: a table on a terminal, otherwise tab-separated lines.',
  arguments: [['[query]', 'SELECT, WITH, VALUES or EXPLAIN; without it the views are listed, with their columns and an example']],
  json: 'one JSON object a line',
  kernel: 'the views show this kernel alone',
  answer: async ([query], _, choice) => {
    if (query === undefined) {
      const all = await views(choice);
      return { text: () => viewsText(all), json: () => all.map((each) => `${JSON.stringify(each)}\n`).join('') };
    }
    const answer = await sql(query, choice);
    return { text: () => closing(answer, isatty(1) ? boxLines : tsvLines), json: () => closing(answer, jsonLines) };
  },
});

function* closing(answer: SqlAnswer, lines: (answer: SqlAnswer) => IterableIterator<string>): IterableIterator<string> {
  try {
    yield* lines(answer);
  } finally {
    answer.close();
  }
}
