// A command that asks the catalog one thing, as a record: its words, its own options, and who answers. What all of them share stands here:
// --json, --kernel and --db, the line that says what long work is at, how an answer is printed and a failure told.
import type { KernelChoice } from '../app/kernel.ts';
import { KeptAnswer, longestKept } from '../app/keptanswer.ts';
import { complain, print } from './print.ts';
import { progressLine } from './progress.ts';
import { reporting } from './report.ts';
import { subcommand } from './subcommand.ts';

/** @typeParam Words values of the arguments, in order; Own values of its own options, by their long names */
export interface Question<Words extends readonly unknown[], Own> {
  readonly name: string;
  readonly description: string;
  /** In place of what the arguments say. */
  readonly usage?: string;
  /** As commander writes them: `<name>`, `[name]`, `<words...>`. */
  readonly arguments: readonly (readonly [words: string, meaning?: string])[];
  readonly options?: readonly OptionRecord[];
  /** What --json prints; undefined where there is no such option. */
  readonly json?: string;
  /** What --kernel does, where that is not to choose the kernel; null where there is no such option. */
  readonly kernel?: string | null;
  /** Whether the answer comes from the catalog alone, may take long and is kept then. */
  readonly kept?: (options: Own & Shared) => boolean;
  /** undefined: all is told already, by calling `tell`. */
  readonly answer: (words: Words, options: Own & Shared, choice: KernelChoice, tell: (text: string) => void) => Promise<Answer | undefined>;
}

/** `initial`: its value where it is not given; `take` makes the value, out of the text and the value so far. */
export type OptionRecord = readonly [flags: string, meaning: string, initial?: Value | undefined, take?: (text: string, before: Value | undefined) => Value];

type Value = string | number | readonly string[];

/** For an option that may be given several times. */
export function repeated(text: string, before: Value | undefined): readonly string[] {
  return [...(Array.isArray(before) ? before : []), text];
}

export interface Shared {
  readonly json?: boolean;
  readonly kernel?: string;
  readonly db?: string;
}

export interface Answer {
  /** In pieces where it may be longer than memory. */
  text(): string | IterableIterator<string>;
  json?(): string | IterableIterator<string>;
  /** Exit status, 0 where nothing else is said. */
  readonly status?: number;
  /** Lines for standard error. */
  readonly complaints?: readonly string[];
}

/** The `main` of a command's bundle. */
export function question<Words extends readonly unknown[], Own = object>(record: Question<Words, Own>): (args: readonly string[]) => Promise<number> {
  return async (args) => await reporting(async () => {
    let status = 0;
    const program = subcommand(record.name).description(record.description);
    if (record.usage !== undefined) program.usage(record.usage);
    for (const [words, meaning] of record.arguments) program.argument(words, meaning);
    for (const [flags, meaning, initial, take] of record.options ?? []) {
      const option = program.createOption(flags, meaning).default(initial);
      program.addOption(take === undefined ? option : option.argParser<Value | undefined>(take));
    }
    if (record.json !== undefined) program.option('--json', record.json);
    if (record.kernel !== null) program.option('--kernel <name>', record.kernel ?? 'this kernel of the catalog instead of the running one');
    program.option('--db <file>', 'the catalog to use');
    program.action(async (...given) => {
      // commander gives the arguments one by one, as the record lists them.
      const words = given.slice(0, record.arguments.length) as unknown as Words;
      const options: Own & Shared = given[record.arguments.length];
      status = await ask(record, words, options);
    });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}

async function ask<Words extends readonly unknown[], Own>(record: Question<Words, Own>, words: Words, options: Own & Shared): Promise<number> {
  const { db, kernel, json } = options;
  const choice = { db, kernel, progress: progressLine() };
  const kept = record.kept?.(options) === true && process.env['BTFLY_ANSWER_CACHE'] !== 'none' ? new KeptAnswer([record.name, words, options], choice) : undefined;
  const known = kept?.read();
  if (known !== undefined) {
    print(known);
    return 0;
  }
  const begun = performance.now();
  const telling = new Telling(kept !== undefined);
  const answer = await record.answer(words, options, choice, (text) => { telling.tell(text); });
  if (answer !== undefined) telling.pieces(json === true && answer.json !== undefined ? answer.json() : answer.text());
  for (const line of answer?.complaints ?? []) complain(`${line}\n`);
  const plain = (answer?.status ?? 0) === 0 && (answer?.complaints ?? []).length === 0;
  if (plain && telling.told !== undefined && performance.now() - begun > worthKeeping) kept?.write(telling.told);
  return answer?.status ?? 0;
}

/** Milliseconds. */
const worthKeeping = 20;

/** Prints, and remembers what it printed if that is wanted and not too long. */
class Telling {
  told: string[] | undefined;
  #length = 0;

  constructor(remembers: boolean) {
    if (remembers) this.told = [];
  }

  tell(text: string): void {
    print(text);
    this.#length += text.length;
    if (this.#length > longestKept) this.told = undefined;
    this.told?.push(text);
  }

  pieces(text: string | IterableIterator<string>): void {
    if (typeof text === 'string') {
      this.tell(text);
      return;
    }
    let batch = '';
    for (const line of text) {
      batch += line;
      if (batch.length < 1 << 16) continue;
      this.tell(batch);
      batch = '';
    }
    this.tell(batch);
  }
}
