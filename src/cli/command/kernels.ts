// `btfly kernels`: what the catalog holds; `show` one of them, `rm` one.
import type { Command } from 'commander';
import { forgetKernel, listKernels, showKernel, type ListedKernel, type ShownKernel } from '../../app/index.ts';
import { plural } from '../../base/plural.ts';
import { print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';
import { table } from '../table.ts';

interface Options {
  readonly db?: string;
  readonly json?: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  return await reporting(async () => {
    const program = subcommand('kernels')
      .description('Lists the kernels of the catalog, the one indexed last first.')
      .enablePositionalOptions()
      .helpCommand(false);
    common(program).action((options: Options) => {
      const found = listKernels(options);
      print(options.json === true ? json(found) : list(found));
    });
    const kernel = "its number, name or build-id, as 'btfly kernels' shows them";
    common(program.command('show').description('The images of a kernel and what was read into each, from where and when.').argument('<kernel>', kernel))
      .action((text: string, _: Options, command: Command) => {
        const options = command.optsWithGlobals<Options>();
        const found = showKernel(text, options);
        print(options.json === true ? json(found) : show(found));
      });
    common(program.command('rm').description('Takes a kernel out of the catalog, with all that only it had.').argument('<kernel>', kernel))
      .action(async (text: string, _: Options, command: Command) => {
        const options = command.optsWithGlobals<Options>();
        const done = await forgetKernel(text, { ...options, progress: progressLine() });
        const { kernel: name, images, definitions, path, before, after } = done;
        print(options.json === true ? json(done) : `${name}: ${plural(images, 'image')} and ${plural(definitions, 'definition')} removed, ${path} has ${megabytes(after)} (had ${megabytes(before)})\n`);
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
}

function common(command: Command): Command {
  return command.option('--json', 'JSON instead of a table').option('--db <file>', 'the catalog').helpOption('-h, --help', 'print this help');
}

function list(found: readonly ListedKernel[]): string {
  if (found.length === 0) return 'The catalog is empty. `btfly index` reads the running kernel into it.\n';
  return table([
    ['ID', 'KERNEL', 'ARCH', 'BUILD-ID', 'IMAGES', 'SOURCES', 'CATALOG'],
    ...found.map(({ id, name, arch, buildId, images, counts, path }) => [
      String(id), name, arch ?? '-', buildId?.slice(0, 12) ?? '-', String(images), Object.entries(counts).map(([kind, count]) => `${kind} ${count}`).join(', '), path,
    ]),
  ]);
}

function show({ id, name, arch, release, buildId, indexedAt, path, sources }: ShownKernel): string {
  const head = { kernel: name, number: String(id), release, arch, 'build-id': buildId, 'last indexed': indexedAt, catalog: path, images: String(sources.length) };
  const lines = Object.entries(head).flatMap(([key, value]) => (value === null ? [] : [`${key.padEnd(14)}${value}\n`]));
  const rows = sources.flatMap((image) => image.sources.map(({ kind, count, readAt, origin }, index) => [
    index === 0 ? image.name : '', index === 0 ? (image.buildId?.slice(0, 12) ?? '-') : '', kind, String(count), readAt.slice(0, 19).replace('T', ' '), origin,
  ]));
  return `${lines.join('')}\n${table([['IMAGE', 'BUILD-ID', 'SOURCE', 'COUNT', 'READ (UTC)', 'FROM'], ...rows])}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
