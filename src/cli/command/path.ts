// `btfly path FROM TO`: the nearest ways from one type to another.
import { path } from '../../app/path.ts';
import { UsageError } from '../../base/errors.ts';
import { question } from '../question.ts';

export const main = question<[from: string, to: string], { readonly max: string; readonly hops: string }>({
  name: 'path',
  description: "The nearest ways from one type to another, through embedded members and pointers, ready to be pasted into a script:\nbtfly path 'struct file *' 'struct super_block'",
  arguments: [['<from>', 'a struct, a union or a typedef of one'], ['<to>']],
  options: [['--max <number>', 'at most so many ways', '10'], ['--hops <number>', 'at most so many pointers on a way', '4']],
  json: 'one JSON array',
  kept: () => true,
  answer: async ([from, to], { max, hops }, choice) => await path(from, to, { max: positive('--max', max), hops: positive('--hops', hops) }, choice),
});

function positive(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`${option}: '${text}' is no number from 1 to 9999`);
  return Number(text);
}
