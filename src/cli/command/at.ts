// `btfly at TYPE OFFSET`: what lies at a byte of a type.
import { at, atQuestion } from '../../app/at.ts';
import { question } from '../question.ts';

export const main = question<[words: readonly string[]], { readonly size: string }>({
  name: 'at',
  description: 'What lies at a byte of a type: the members around it, outer before inner, and which byte of the innermost it is.',
  usage: '[options] TYPE OFFSET',
  arguments: [['<words...>']],
  options: [['--size <bytes>', 'how many bytes are looked at: the width of an access', '1']],
  json: 'one JSON object, an array of them for several definitions of the name',
  answer: async ([words], { size }, choice) => await at(atQuestion(words, size), choice),
});
