// `btfly probes --arg TYPE`: where a value of some type can be had.
import { probes } from '../../app/probes.ts';
import { nothingFound } from '../nothing.ts';
import { question, repeated } from '../question.ts';

export const main = question<[pattern: string | undefined], { readonly arg?: readonly string[]; readonly returns?: string }>({
  name: 'probes',
  description: 'Probes that hand a script a value of some type, with the words to get it by. Pointers to const, and typedefs, count.',
  arguments: [['[pattern]', "only these probes: 'tcp_*', 't:sock:*', 'fentry:vmlinux:*'"]],
  options: [
    ['--arg <type>', "an argument or a field: 'struct sock *'; of several all must be there", undefined, repeated],
    ['--returns <type>', 'what the function returns'],
  ],
  json: 'one JSON array',
  kept: () => true,
  answer: async ([pattern], { arg: args = [], returns }, choice) => {
    const answer = await probes({ args, returns, pattern }, choice);
    return answer.probes.length > 0 ? answer : nothingFound(answer, 'No probe hands that over.', [...args, returns]);
  },
});
