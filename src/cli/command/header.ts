// `btfly header`: vmlinux.h.
import { header } from '../../app/header.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly module?: string;
  readonly db?: string;
  readonly kernel?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('header')
      .description('All types of a kernel as one C header: btfly header > vmlinux.h')
      .option('--module <name>', "a module's types in place of the kernel's, with what they need of it")
      .option('--kernel <name>', 'this kernel of the catalog instead of the running one')
      .option('--db <file>', 'the catalog to use')
      .action(async ({ module, db, kernel }: Options) => {
        print(await header({ module }, { db, kernel, progress: progressLine() }));
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}
