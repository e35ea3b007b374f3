// The entry of the command line: picks the command, loads its bundle and nothing else. cli/names.ts lists them.
import type { Command } from './chunk.ts';
import { chunk } from './chunk.ts';
import { commands } from './names.ts';

// The kernel shows this name as `comm` of what BEGIN and END see.
process.title = 'btfly';

const words = process.argv.slice(2);
const first = words[0];
const named = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;

void chunk<Command>(named?.chunk ?? 'trace')
  .main(named === undefined ? words : words.slice(1), named === undefined ? '' : (first ?? ''))
  .then((code) => {
    // All is written and closed: what Node would still take down has no business of its own.
    process.exit(code);
  });
