// `btfly offset TYPE MEMBER...`: where a member lies.
import { offset } from '../../app/offset.ts';
import { question } from '../question.ts';

export const main = question<[words: readonly string[]]>({
  name: 'offset',
  description: 'Where members lie, in bytes from the start of their type; one offset for every pointer on the way.',
  usage: '[options] TYPE MEMBER...',
  arguments: [['<words...>']],
  json: 'one JSON object, an array of them for several answers',
  answer: async ([words], _, choice) => await offset(words, choice),
});
