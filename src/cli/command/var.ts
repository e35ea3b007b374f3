// `btfly var NAME`: per-CPU variables.
import { variables } from '../../app/var.ts';
import { question } from '../question.ts';

export const main = question<[name: string]>({
  name: 'var',
  description: 'Per-CPU variables: offset inside their section, size, section and image.',
  arguments: [['<name>', "a name, or a pattern: '*rq*'"]],
  json: 'one JSON array',
  answer: async ([name], _, choice) => await variables(name, choice),
});
