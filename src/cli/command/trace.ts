// bpftrace's own command line: run a script, list probes, show a stage of the compiler.
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { UsageError } from '../../base/errors.ts';
import { version } from '../version.ts';
import { chunk } from '../chunk.ts';
import { commands } from '../names.ts';
import { complain } from '../print.ts';
import { reporting } from '../report.ts';
import type { Part, TraceOptions } from '../traceoptions.ts';

export async function main(args: readonly string[], name: string): Promise<number> {
  return await reporting(async () => {
    let status = 0;
    const program = traceCommand(async (options, operands) => {
      status = await chunk<Part>(partFor(options, operands)).main({ ...options, check: name === 'check' }, operands);
    });
    if (args.length === 0) {
      complain(program.helpInformation());
      return 1;
    }
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}

/** A listing takes a pattern; the name of a script that is there stands for the probes of that script, which only compiling it tells. */
function partFor(options: TraceOptions, [word]: readonly string[]): 'info' | 'list' | 'run' {
  if (options.info === true) return 'info';
  if (options.l !== true || options.e !== undefined) return 'run';
  if (word?.endsWith('.bt') !== true) return 'list';
  if (existsSync(word)) return 'run';
  complain(`WARNING: It appears that '${word}' is a filename but the file does not exist. Treating '${word}' as a search pattern.\n`);
  return 'list';
}

/** Operands behind `--` come with those before it: positional parameters of the script, `--name=value` for getopt(). */
function traceCommand(action: (options: TraceOptions, operands: readonly string[]) => Promise<void>): Command {
  const one = (flags: string, text: string): Option => new Option(flags, text);
  return new Command('btfly')
    .usage('[options] FILE [ARGS]\n       btfly [options] -e PROGRAM [ARGS]\n       btfly -l [PATTERN]\n       btfly COMMAND …')
    .argument('[words...]')
    .addOption(one('-e <program>', 'run this program'))
    .addOption(one('-l', 'list probes, or the probes of a script; with -v their arguments'))
    .addOption(one('-v', 'more: arguments in listings, the verifier\'s log'))
    .addOption(one('-q', 'only what the script prints'))
    .addOption(one('-p <pid>', 'end when this process ends').argParser(positive('-p')))
    .addOption(one('-c <command>', 'run this command and end with it'))
    .addOption(one('-o <file>', 'write the output to a file'))
    .addOption(one('-f <format>', 'output format').choices(['text', 'json']).default('text'))
    .addOption(one('-B <mode>', 'buffering of the output').choices(['line', 'full', 'none']))
    .addOption(one('-d <stage>', 'show a stage and stop: ast, types, ir, asm; `verifier` shows the kernel\'s log').choices(['ast', 'types', 'ir', 'asm', 'verifier']))
    .addOption(one('-I <directory>', 'where #include looks').argParser(collect))
    .addOption(one('--include <file>', 'as if the script began with this #include').argParser(collect))
    .addOption(one('--no-warnings', 'no warnings'))
    .addOption(one('--unsafe', 'allow what changes the system: system(), signal(), override(), write_user()'))
    .addOption(one('--dry-run', 'attach everything, then stop'))
    .addOption(one('--db <file>', 'the catalog to use'))
    .addOption(one('--kernel <name>', 'list or compile for this kernel of the catalog'))
    .addOption(one('--info', 'what this machine and this kernel can do'))
    .version(`btfly v${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', () => `\nCommands:\n${Object.entries(commands).map(([word, { summary }]) => `  ${word.padEnd(18)} ${summary}\n`).join('')}\nA file that is named like a command is reached as ./struct.\n`)
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: (text, write) => { write(`ERROR: ${text.replace(/^error: /, '')}`); } })
    .action(async (words: string[], options: TraceOptions) => { await action(options, words); });
}

function positive(flag: string): (text: string) => number {
  return (text) => {
    if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new UsageError(`${flag}: '${text}' is not a process id`);
    return Number(text);
  };
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
