// `btfly kernels`: what the catalog holds.
import { Command } from 'commander';
import { listKernels } from '../../app/index.ts';
import { print } from '../print.ts';
import { reporting } from '../report.ts';

interface Options {
  readonly db?: string;
  readonly json?: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = new Command('btfly kernels')
      .description('Lists the kernels of the catalog, the one indexed last first.')
      .option('--json', 'one JSON array')
      .option('--db <file>', 'the catalog to read')
      .helpOption('-h, --help', 'print this help')
      .action((options: Options) => {
        const found = listKernels({ db: options.db });
        print(options.json === true ? `${JSON.stringify(found, undefined, 2)}\n` : table(found));
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

function table(found: ReturnType<typeof listKernels>): string {
  if (found.length === 0) return 'The catalog is empty. `btfly index` reads the running kernel into it.\n';
  const rows = found.map(({ path, kernel }) => {
    const sources = new Map<string, number>();
    for (const image of kernel.images) for (const { kind, count } of image.sources) sources.set(kind, (sources.get(kind) ?? 0) + count);
    return [String(kernel.id), kernel.name, kernel.arch ?? '-', kernel.buildId?.slice(0, 12) ?? '-', String(kernel.images.length), [...sources].map(([kind, count]) => `${kind} ${count}`).join(', '), path];
  });
  const all = [['ID', 'KERNEL', 'ARCH', 'BUILD-ID', 'IMAGES', 'SOURCES', 'CATALOG'], ...rows];
  const widths = all[0]?.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0))) ?? [];
  return all.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd()}\n`).join('');
}
