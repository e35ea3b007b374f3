// `btfly diff K1 K2 [NAME]`: what changed from one kernel to another.
import { diff } from '../../app/diff.ts';
import { UsageError } from '../../base/errors.ts';
import { chunk } from '../chunk.ts';
import type { DiffScriptOptions } from '../part/diffscript.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly json?: boolean;
  readonly db?: string;
  readonly onlyUsedBy?: string;
  readonly I?: readonly string[];
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    let status = 0;
    const program = subcommand('diff')
      .description('What came (+), went (-) and changed (~) from one kernel of the catalog to another.')
      .argument('<kernel1>', 'a kernel of the catalog, as `btfly kernels` lists it, or `running`')
      .argument('<kernel2>', 'the later one')
      .argument('[name]', "'struct sock', 'tcp_*', 't:sched:*', 'rt:sched_switch'; without it a line for each thing that differs")
      .option('--only-used-by <script>', 'what a script would notice; the exit status is 1 when something breaks it')
      .option('-I <directory>', 'where its #include looks', (directory: string, before: readonly string[] | undefined) => [...(before ?? []), directory])
      .option('--json', 'one JSON object with everything')
      .option('--db <file>', 'the catalog to use')
      .action(async (before: string, after: string, name: string | undefined, { onlyUsedBy: script, I = [], json = false, db }: Options) => {
        if (script !== undefined) {
          if (name !== undefined) throw new UsageError(`--only-used-by asks about a script, not about ${name}`);
          status = await chunk<ScriptPart>('diffscript').main({ before, after, script, includeDirectories: I, json, db });
          return;
        }
        const answer = await diff({ before, after }, name, { db, progress: progressLine() });
        print(json ? answer.json() : answer.text());
        for (const note of answer.notes) complain(`WARNING: ${note}\n`);
      });
    await program.parseAsync([...args], { from: 'user' });
    return status;
  });
}

interface ScriptPart {
  readonly main: (options: DiffScriptOptions) => Promise<number>;
}
