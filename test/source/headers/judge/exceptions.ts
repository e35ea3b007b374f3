// The committed list of what headers and BTF say differently, with the reasons.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names (`struct clk`) that may differ in a series, with the reason of each. */
export function exceptions(series: string): ReadonlyMap<string, string> {
  const lines = readFileSync(join(import.meta.dirname, 'exceptions.tsv'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split('\t')).filter(([list = '']) => list.split(',').includes(series)).map(([, name = '', reason = '']) => [name, reason]));
}
