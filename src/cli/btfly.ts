// The entry of the command line: picks the command, loads its bundle and nothing else. cli/names.ts lists them.
import { chunk } from './chunk.ts';
import { commands } from './names.ts';

// The kernel shows this name as `comm` of what BEGIN and END see.
process.title = 'btfly';

const words = process.argv.slice(2);
const first = words[0];
const named = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined;

void chunk(named?.chunk ?? 'trace')
  .main(named === undefined ? words : words.slice(1), named === undefined ? '' : (first ?? ''))
  .then((code) => {
    process.exitCode = code;
  });
