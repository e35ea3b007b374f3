// `btfly const NAME`: macros of the kernel's headers, and enumerators.
import { constants } from '../../app/const.ts';
import { question } from '../question.ts';

export const main = question<[name: string]>({
  name: 'const',
  description: "What a macro of the kernel's headers or an enumerator stands for, and where it is defined. Values in decimal and hexadecimal.",
  arguments: [['<name>', "a name, or a pattern: 'AF_*'"]],
  json: 'one JSON array',
  answer: async ([name], _, choice) => await constants(name, choice),
});
