// `btfly index [SOURCE...]`: reads kernels into the catalog.
import { indexSources, type Indexed } from '../../app/index.ts';
import type { HeadersIndexed } from '../../app/indexheaders.ts';
import { UsageError } from '../../base/errors.ts';
import type { KernelReport } from '../../index/kernelindex.ts';
import type { SourceKind } from '../../index/reader.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { subcommand } from '../subcommand.ts';

interface Options {
  readonly db?: string;
  readonly name?: string;
  readonly force?: boolean;
  readonly headers?: string | true;
  readonly config?: string;
  readonly json?: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const ended = await reporting(async () => {
    const program = subcommand('index')
      .description('Reads the types, tracepoints and functions of kernels into the catalog. What an image has from a source is not read again.')
      .argument('[source...]', 'told by their bytes: vmlinux, vmlinuz, Image, raw BTF, modules, System.map, tracefs; a folder of such (/lib/modules/V), a .deb, a tar file; without one: the running kernel')
      .option('--name <name>', "what to call the kernel; otherwise its release or the file's name. Modules and tracefs alone: the kernel to add them to")
      .option('--headers [dir]', 'read the headers of a kernel, with its other sources or alone: linux-headers packages, /lib/modules/V/build, kheaders.tar.xz, a configured source tree; without DIR those of the running kernel')
      .option('--config <file>', "autoconf.h or .config for these headers, instead of the tree's own")
      .option('--force', 'read again what is there already')
      .option('--json', 'what was read, as one JSON object')
      .option('--db <file>', 'the catalog to write; otherwise BTFLY_DB, /var/lib/btfly/catalog.db for root, ~/.cache/btfly/catalog.db')
      .action(async (sources: readonly string[], options: Options) => {
        const done = await indexed(sources, options);
        print(options.json === true ? `${JSON.stringify(asJson(done), undefined, 2)}\n` : text(done));
        const failed = failures(done);
        if (options.json !== true) complain(warnings(done, failed));
        status = failed.length > 0 ? 1 : 0;
      });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  });
  return Math.max(ended, status);
}

/** Only who wants headers pays for loading what reads them. */
async function indexed(sources: readonly string[], { name, force, db, headers, config }: Options): Promise<Indexed | HeadersIndexed> {
  const request = { sources, name, force: force === true, db, progress: progressLine() };
  if (headers === undefined) {
    if (config !== undefined) throw new UsageError('--config goes with --headers');
    return await indexSources(request);
  }
  const { indexHeaders } = await import('../../app/indexheaders.ts');
  return await indexHeaders({ ...request, headers: headers === true ? undefined : headers, config });
}

const words: Readonly<Record<SourceKind, string>> = {
  btf: 'types', tracefs: 'tracepoints', image: 'tracepoints from images', functions: 'traceable functions', kallsyms: 'function symbols', headers: 'types from headers', macros: 'macros',
};

function text({ kernels, path, failed }: Indexed): string {
  if (kernels.length === 0) return failed.length === 0 ? `nothing new, in ${path}\n` : '';
  return kernels.map(({ kernel, called, added, modules }) => {
    const name = called === kernel ? kernel : `${called}, which is ${kernel}`;
    const counts = [...added.map(({ kind, count }) => `${count} ${words[kind]}`), ...(modules === 0 ? [] : [`${modules} modules`])];
    return `${name}: ${counts.length === 0 ? 'nothing new' : counts.join(', ')}, in ${path}\n`;
  }).join('');
}

function failures({ kernels, failed }: Indexed): KernelReport['failed'] {
  return [...failed, ...kernels.flatMap((kernel) => kernel.failed)];
}

function warnings(done: Indexed | HeadersIndexed, failed: KernelReport['failed']): string {
  const lacking = done.missing.map(({ message, ways }) => `WARNING: ${message}\n${ways.map((way) => `HINT: ${way}\n`).join('')}`);
  const shown = failed.slice(0, maxShown).map(({ source, error }) => {
    const hint = 'hint' in error && typeof error.hint === 'string' ? `HINT: ${error.hint}\n` : '';
    return `ERROR: ${error.message.includes(source) ? '' : `${source}: `}${error.message}\n${hint}`;
  });
  const more = failed.length > maxShown ? [`ERROR: ${failed.length - maxShown} more sources could not be read (--json has them all)\n`] : [];
  return [...lacking, ...('headers' in done ? headerWarnings(done.headers) : []), ...shown, ...more].join('');
}

/** Headers hold things that no compiler would take alone: what is left out is told in short. */
function headerWarnings({ problems, notes }: HeadersIndexed['headers']): readonly string[] {
  const told = notes.map((note) => `WARNING: ${note}\n`);
  const [first] = problems;
  if (first === undefined) return told;
  const { place, message } = first;
  return [...told, `WARNING: ${problems.length} ${problems.length === 1 ? 'place' : 'places'} of the headers could not be read (--json has them all)\nHINT: the first is ${place.file}:${place.line}:${place.column}: ${message}\n`];
}

const maxShown = 20;

function asJson(done: Indexed | HeadersIndexed): unknown {
  const { path, kernels, failed, missing } = done;
  const broken = (all: KernelReport['failed']): unknown => all.map(({ source, error }) => ({ source, error: error.message }));
  return {
    path,
    kernels: kernels.map((kernel) => ({ ...kernel, failed: broken(kernel.failed) })),
    failed: broken(failed),
    missing: missing.map(({ feature, message, ways }) => ({ feature, message, ways })),
    ...('headers' in done ? { headers: done.headers } : {}),
  };
}
