// bpftrace's own command line: run a script, list probes, show a stage of the compiler. `btfly check` is its half that needs no rights.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import { UsageError } from '../../base/errors.ts';
import { chunk } from '../chunk.ts';
import { commands } from '../names.ts';
import type { Example } from '../names.ts';
import { complain } from '../print.ts';
import { reporting } from '../report.ts';
import { commandLine, examplesText, subcommand } from '../subcommand.ts';
import type { Part, TraceOptions } from '../traceoptions.ts';
import { notHere, stages } from '../traceoptions.ts';
import { version } from '../version.ts';

export async function main(args: readonly string[], name: string): Promise<number> {
  return await reporting(async () => {
    const check = name === 'check';
    const program = check ? checkCommand() : traceCommand();
    if (args.length === 0) {
      complain(program.helpInformation());
      return 1;
    }
    let status = 0;
    refuse(args);
    program.argument('[words...]').action(async (words: string[], options: TraceOptions) => {
      status = await chunk<Part>(check ? 'run' : partFor(options, words)).main({ ...options, check }, words);
    });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}

/** A listing takes a pattern; the name of a script that is there stands for the probes of that script, which only compiling it tells. */
function partFor(options: TraceOptions, [word]: readonly string[]): 'info' | 'list' | 'run' {
  if (options.info === true) return 'info';
  if (options.list !== true || options.e !== undefined) return 'run';
  if (word?.endsWith('.bt') !== true) return 'list';
  if (existsSync(word)) return 'run';
  complain(`WARNING: It appears that '${word}' is a filename but the file does not exist. Treating '${word}' as a search pattern.\n`);
  return 'list';
}

/** Only words before `--` are switches, and the word behind a switch that takes one is not looked at by mistake: none of these is anybody's value. */
function refuse(args: readonly string[]): void {
  for (const word of args) {
    if (word === '--') return;
    const switched = word.split('=', 1)[0] ?? word;
    if (!Object.hasOwn(notHere, switched)) continue;
    throw new UsageError(`btfly has no ${switched}: ${notHere[switched] ?? ''}`);
  }
}

/** Operands behind `--` come with those before it: positional parameters of the script, `--name=value` for getopt(). */
function traceCommand(): Command {
  const program = commandLine('btfly', () => `\n${commandList()}${examplesText(examples)}`)
    .usage('[options] FILE [ARGS]\n       btfly [options] -e PROGRAM [ARGS]\n       btfly -l [PATTERN]\n       btfly COMMAND ...');
  for (const option of [...sourceOptions(), ...runOptions(), ...compileOptions(), ...catalogOptions('list or compile for this kernel of the catalog')]) program.addOption(option);
  return program.version(`btfly v${version}`, '-V, --version', 'print the version');
}

function checkCommand(): Command {
  const program = subcommand('check').usage('[options] FILE [ARGS]\n       btfly check [options] -e PROGRAM [ARGS]')
    .description('Compiles a script and says what is wrong with it. Attaches nothing, and needs no rights.');
  const options = [new Option('-e <program>', 'this program'), ...compileOptions(), ...catalogOptions('compile for this kernel of the catalog, or for all whose names a glob matches')];
  for (const option of options) program.addOption(option);
  return program;
}

function sourceOptions(): readonly Option[] {
  return [
    new Option('-e <program>', 'run this program; FILE may be - for standard input'),
    new Option('-l, --list', 'list probes that match a pattern, or the probes of a script; with -v their arguments'),
    new Option('-v, --verbose', "more: arguments in listings, the verifier's log"),
    new Option('--info', 'what this machine and this kernel can do'),
  ];
}

function runOptions(): readonly Option[] {
  return [
    new Option('-p, --pid <pid>', 'end when this process ends; uprobes fire in it alone').argParser(processId),
    new Option('-c, --cmd <command>', 'start this command when everything is attached, and end with it'),
    new Option('-o, --output <file>', 'write what the script prints to a file'),
    new Option('-f <format>', 'how the output is printed').choices(['text', 'json']).default('text'),
    new Option('-B <mode>', 'how the output is buffered').choices(['line', 'full', 'none']).default('line'),
    new Option('-q, --quiet', 'only what the script prints'),
    new Option('--dry-run', 'attach everything, then stop'),
  ];
}

function compileOptions(): readonly Option[] {
  return [
    new Option('-d, --debug <stage>', "show a stage of the compiler and stop; `verifier` shows the kernel's log of a run").choices(stages),
    new Option('-I <directory>', 'where #include looks; may be repeated').argParser(collect),
    new Option('--include <file>', 'as if the script began with this #include; may be repeated').argParser(collect),
    new Option('--no-warnings', 'no warnings'),
    new Option('--unsafe', 'allow what changes the system: system(), signal(), override(), write_user()'),
  ];
}

function catalogOptions(kernel: string): readonly Option[] {
  return [
    new Option('--kernel <name>', kernel),
    new Option('--db <file>', 'the catalog to use'),
  ];
}

function commandList(): string {
  const words = Math.max(...Object.keys(commands).map((word) => word.length));
  return `Commands (each has --help):\n${Object.entries(commands).map(([word, { summary }]) => `  ${word.padEnd(words)}  ${summary}\n`).join('')}A file that is named like a command is reached as ./struct.\n`;
}

const examples: readonly Example[] = [
  ["-e 'kprobe:do_nanosleep { printf(\"%d sleeps\\n\", pid); }'", 'who sleeps'],
  ["-e 't:raw_syscalls:sys_enter { @[comm] = count(); }'", 'system calls by process, until Ctrl-C'],
  ["-e 'k:tcp_sendmsg { @[args.sk->__sk_common.skc_family] = hist(args.size); }'", 'kprobe arguments have names and types'],
  ["-l '*sleep*'", 'probes whose names contain a word'],
  ["-lv 'kprobe:do_nanosleep'", 'the arguments of a probe'],
  ['script.bt 42 -- --verbose', 'a script with its own arguments: $1, getopt()'],
  ['struct task_struct', 'the layout of a struct'],
];

function processId(text: string): number {
  if (!/^[1-9][0-9]{0,9}$/.test(text)) throw new UsageError(`-p: '${text}' is not a process id`);
  return Number(text);
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
