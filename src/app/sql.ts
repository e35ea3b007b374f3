// `btfly sql "SELECT …"`: a question in SQL over the catalog's views, as rows, a table, tab-separated lines or JSON.
import { UsageError } from '../base/errors.ts';
import { Queries, type Cell, type ViewInfo } from '../index/query.ts';
import { openCatalog } from '../index/reader.ts';
import { catalogsOf, openKernel, type KernelChoice } from './kernel.ts';

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: IterableIterator<readonly Cell[]>;
  /** Also before the last row. */
  close(): void;
}

/** Without a kernel the views show all of them. Throws UsageError for a statement that is refused, and for what SQLite says of it. */
export async function sql(query: string, choice: KernelChoice): Promise<SqlAnswer> {
  const queries = await openQueries(choice);
  try {
    const answer = queries.ask(query);
    return {
      ...answer,
      close: () => {
        answer.rows.return?.();
        queries.close();
      },
    };
  } catch (error) {
    queries.close();
    throw error;
  }
}

/** The views with their columns and a question that each answers. */
export async function views(choice: KernelChoice): Promise<readonly ViewInfo[]> {
  const queries = await openQueries(choice);
  try {
    return queries.views();
  } finally {
    queries.close();
  }
}

async function openQueries(choice: KernelChoice): Promise<Queries> {
  if (choice.kernel === undefined) return new Queries(firstCatalog(choice), undefined);
  const kernel = await openKernel(choice);
  kernel.catalog.close();
  return new Queries(kernel.catalog.path, kernel.image.kernel.name);
}

function firstCatalog(choice: KernelChoice): string {
  const path = catalogsOf(choice).find((each) => {
    const catalog = openCatalog(each);
    catalog?.close();
    return catalog !== undefined;
  });
  if (path === undefined) throw new UsageError('the catalog is empty', 'btfly index reads the running kernel into it');
  return path;
}

/** Views as people read them: name, columns, and an example below. */
export function viewsText(all: readonly ViewInfo[]): string {
  return all.map(({ name, columns }) => {
    const example = examples[name];
    return `${name} (${columns.map(spelled).join(', ')})\n${example === undefined ? '' : `    ${example}\n`}`;
  }).join('');
}

/** Words of SQL stand in quotation marks. */
function spelled(column: string): string {
  return column === 'offset' ? '"offset"' : column;
}

const examples: Readonly<Record<string, string>> = {
  v_definition: "SELECT image, kind, name, size FROM v_definition WHERE kind = 'struct' AND name GLOB 'tcp_*' ORDER BY size DESC",
  v_enumerator: "SELECT enum, name, value FROM v_enumerator WHERE name = 'TCP_ESTABLISHED'",
  v_function: "SELECT image, name, returns FROM v_function WHERE name GLOB 'tcp_send*'",
  v_kernel: 'SELECT name, arch, images, build_id FROM v_kernel',
  v_macro: "SELECT name, value, header FROM v_macro WHERE name GLOB 'AF_*' AND kind = 'integer'",
  v_member: 'SELECT record, name, "offset" FROM v_member WHERE type = \'struct list_head\' ORDER BY record',
  v_param: "SELECT function, position, name FROM v_param WHERE type = 'struct sock *'",
  v_source: "SELECT image, count, origin FROM v_source WHERE kind = 'btf' ORDER BY count DESC LIMIT 10",
  v_syscall: "SELECT name, position, arg FROM v_syscall WHERE type = 'const char *'",
  v_tracepoint: "SELECT system, name, field FROM v_tracepoint WHERE field = 'pid'",
  v_type: "SELECT text FROM v_type WHERE text LIKE '%(*)%' LIMIT 10",
};

/** Lines of a table in a box. The widths come from the first rows; a longer cell behind them pushes its line. */
export function* boxLines({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): IterableIterator<string> {
  const first: (readonly Cell[])[] = [];
  for (let next = rows.next(); next.done !== true; next = rows.next()) {
    first.push(next.value);
    if (first.length === measuredRows) break;
  }
  const widths = columns.map((name, at) => Math.max(width(name), ...first.map((row) => width(cellText(row[at] ?? null)))));
  const rule = (left: string, middle: string, right: string): string => `${left}${widths.map((each) => '─'.repeat(each + 2)).join(middle)}${right}\n`;
  yield rule('┌', '┬', '┐');
  yield boxLine(columns, widths);
  yield rule('├', '┼', '┤');
  for (const row of first) yield boxLine(row, widths);
  for (let next = rows.next(); next.done !== true; next = rows.next()) yield boxLine(next.value, widths);
  yield rule('└', '┴', '┘');
}

const measuredRows = 5_000;

function boxLine(cells: readonly Cell[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) => {
    const text = cellText(cell);
    const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(text)));
    return typeof cell === 'number' || typeof cell === 'bigint' ? blanks + text : text + blanks;
  });
  return `│ ${padded.join(' │ ')} │\n`;
}

function width(text: string): number {
  return [...text].length;
}

/** A head line and a line a row, cells apart by tabs; tabs and line ends in cells as `\t` and `\n`. */
export function* tsvLines({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): IterableIterator<string> {
  yield `${columns.join('\t')}\n`;
  for (const row of rows) yield `${row.map(cellText).join('\t')}\n`;
}

/** One object a line. Integers that a double cannot hold are decimal strings. */
export function* jsonLines({ columns, rows }: Pick<SqlAnswer, 'columns' | 'rows'>): IterableIterator<string> {
  for (const row of rows) yield `${JSON.stringify(Object.fromEntries(columns.map((name, at) => [name, jsonCell(row[at] ?? null)])))}\n`;
}

function jsonCell(cell: Cell): string | number | null {
  return typeof cell === 'bigint' || cell instanceof Uint8Array ? cellText(cell) : cell;
}

const escapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
  return String(cell).replace(/[\t\n\r\\]/g, (letter) => escapes[letter] ?? letter);
}
