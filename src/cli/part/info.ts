// `btfly --info`: what this machine and this kernel can do.
import { info } from '../../app/info.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import type { TraceOptions } from '../traceoptions.ts';

export async function main(options: TraceOptions): Promise<number> {
  return await reporting(async () => {
    print(await info({ db: options.db, kernel: options.kernel, progress: progressLine() }));
    return 0;
  });
}
