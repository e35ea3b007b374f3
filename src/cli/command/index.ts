// `btfly index [FILE]`: reads a kernel into the catalog.
import { Command } from 'commander';
import { indexKernel } from '../../app/index.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';

interface Options {
  readonly db?: string;
  readonly name?: string;
  readonly force?: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = new Command('btfly index')
      .description('Reads the types, tracepoints and functions of a kernel into the catalog.')
      .argument('[file]', 'raw BTF, or an ELF file with a .BTF section; without it the running kernel is read')
      .option('--name <name>', "what to call it; otherwise the kernel's release or the file's name")
      .option('--force', 'read again what is there already')
      .option('--db <file>', 'the catalog to write; otherwise BTFLY_DB, /var/lib/btfly/catalog.db for root, ~/.cache/btfly/catalog.db')
      .helpOption('-h, --help', 'print this help')
      .action(async (file: string | undefined, options: Options) => {
        const done = await indexKernel({ file, name: options.name, force: options.force === true, db: options.db, progress: progressLine() });
        const counts = done.added.map(({ kind, count }) => `${count} ${words[kind]}`);
        print(counts.length === 0 ? `${done.kernel}: nothing new, in ${done.path}\n` : `${done.kernel}: ${counts.join(', ')}, in ${done.path}\n`);
        for (const { message, ways } of done.missing) complain(`WARNING: ${message}\n${ways.map((way) => `HINT: ${way}\n`).join('')}`);
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

const words = { btf: 'types', tracefs: 'tracepoints', image: 'tracepoints of the image', functions: 'traceable functions', kallsyms: 'function symbols' } as const;
