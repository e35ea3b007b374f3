// `btfly diff K1 K2 [NAME]`: what changed from one kernel to another.
import { diff } from '../../app/diff.ts';
import { UsageError } from '../../base/errors.ts';
import { chunk } from '../chunk.ts';
import type { DiffScriptOptions } from '../part/diffscript.ts';
import { question, repeated } from '../question.ts';

interface Options {
  readonly onlyUsedBy?: string;
  readonly I?: readonly string[];
}

export const main = question<[before: string, after: string, name: string | undefined], Options>({
  name: 'diff',
  description: 'What came (+), went (-) and changed (~) from one kernel of the catalog to another.',
  arguments: [
    ['<kernel1>', 'a kernel of the catalog, as `btfly kernels` lists it, or `running`'],
    ['<kernel2>', 'the later one'],
    ['[name]', "'struct sock', 'tcp_*', 't:sched:*', 'rt:sched_switch', 'syscall openat'; without it a line for each thing that differs"],
  ],
  options: [
    ['--only-used-by <script>', 'what a script would notice; the exit status is 1 when something breaks it'],
    ['-I <directory>', 'where its #include looks', undefined, repeated],
  ],
  json: 'one JSON object with everything',
  kernel: null,
  kept: ({ onlyUsedBy }) => onlyUsedBy === undefined,
  answer: async ([before, after, name], { onlyUsedBy: script, I: includeDirectories = [], json = false, db }, choice) => {
    if (script === undefined) {
      const answer = await diff({ before, after }, name, choice);
      return { ...answer, complaints: answer.notes.map((note) => `WARNING: ${note}`) };
    }
    if (name !== undefined) throw new UsageError(`--only-used-by asks about a script, not about ${name}`);
    const status = await chunk<ScriptPart>('diffscript').main({ before, after, script, includeDirectories, json, db });
    return { text: () => '', status };
  },
});

interface ScriptPart {
  readonly main: (options: DiffScriptOptions) => Promise<number>;
}
