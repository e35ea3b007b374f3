// What all command lines have in common: how help looks, how a wrong word is answered.
import { Command } from 'commander';
import type { Example } from './names.ts';
import { commands } from './names.ts';
import { complain, print } from './print.ts';

/** Columns of help. */
const width = 100;

/** A subcommand of names.ts, with its examples; arguments, options and action are its own. */
export function subcommand(name: string): Command {
  return commandLine(`btfly ${name}`, () => examplesText(commands[name]?.examples ?? []));
}

/** @param tail what follows the options in the help */
export function commandLine(name: string, tail: () => string): Command {
  return new Command(name)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', tail)
    .configureOutput({
      writeOut: print,
      writeErr: complain,
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      outputError: (text, write) => { write(`ERROR: ${text.replace(/^error: /, '')}HINT: ${name} --help\n`); },
    });
}

export function examplesText(examples: readonly Example[]): string {
  const words = Math.max(0, ...examples.map(([each]) => each.length).filter((each) => each <= aside));
  const line = ([each, answer]: Example): string => {
    const together = `  btfly ${each.padEnd(words)}  ${answer}\n`;
    return each.length <= aside && together.length <= width ? together : `  btfly ${each}\n      ${answer}\n`;
  };
  return examples.length === 0 ? '' : `\nExamples:\n${examples.map(line).join('')}`;
}

/** Up to so many letters an example has its answer beside it, where there is room. */
const aside = 50;
