// `btfly -l [PATTERN]` and `-lv`: probes and types of the catalog. The compiler is not needed and not loaded.
import { UsageError } from '../../base/errors.ts';
import { list } from '../../app/list.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import type { TraceOptions } from '../traceoptions.ts';

export async function main(options: TraceOptions, words: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const [pattern, ...more] = words;
    if (more.length > 0) throw new UsageError(`one pattern at a time: '${words.join(' ')}'`);
    const found = await list(pattern, { db: options.db, kernel: options.kernel, verbose: options.verbose === true, progress: progressLine() });
    if (found.text === '') throw new UsageError(`No probes match '${pattern ?? '*'}'`, found.hint);
    print(found.text);
    return 0;
  });
}
