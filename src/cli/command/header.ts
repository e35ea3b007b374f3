// `btfly header`: vmlinux.h.
import { header } from '../../app/header.ts';
import { question } from '../question.ts';

export const main = question<[], { readonly module?: string }>({
  name: 'header',
  description: 'All types of a kernel as one C header: btfly header > vmlinux.h',
  arguments: [],
  options: [['--module <name>', "a module's types in place of the kernel's, with what they need of it"]],
  kept: () => true,
  answer: async (_, { module }, choice) => {
    const text = await header({ module }, choice);
    return { text: () => text };
  },
});
