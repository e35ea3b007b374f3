// `btfly index [SOURCE...]`: reads kernels into the catalog.
import { indexSources, type Indexed } from '../../app/index.ts';
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
  readonly json?: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  let status = 0;
  const ended = await reporting(async () => {
    const program = subcommand('index')
      .description('Reads the types, tracepoints and functions of kernels into the catalog. What an image has from a source is not read again.')
      .argument('[source...]', 'told by their bytes: vmlinux, vmlinuz, Image, raw BTF, modules, System.map, tracefs; a folder of such (/lib/modules/V), a .deb, a tar file; without one: the running kernel')
      .option('--name <name>', "what to call the kernel; otherwise its release or the file's name. Modules and tracefs alone: the kernel to add them to")
      .option('--force', 'read again what is there already')
      .option('--json', 'what was read, as one JSON object')
      .option('--db <file>', 'the catalog to write; otherwise BTFLY_DB, /var/lib/btfly/catalog.db for root, ~/.cache/btfly/catalog.db')
      .action(async (sources: readonly string[], options: Options) => {
        const done = await indexSources({ sources, name: options.name, force: options.force === true, db: options.db, progress: progressLine() });
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

const words: Readonly<Record<SourceKind, string>> = {
  btf: 'types', tracefs: 'tracepoints', image: 'tracepoints from images', functions: 'traceable functions', kallsyms: 'function symbols', headers: 'types from headers', macros: 'macros',
};

function text({ kernels, path }: Indexed): string {
  if (kernels.length === 0) return `nothing new, in ${path}\n`;
  return kernels.map(({ kernel, added, modules }) => {
    const counts = [...added.map(({ kind, count }) => `${count} ${words[kind]}`), ...(modules === 0 ? [] : [`${modules} modules`])];
    return counts.length === 0 ? `${kernel}: nothing new, in ${path}\n` : `${kernel}: ${counts.join(', ')}, in ${path}\n`;
  }).join('');
}

function failures({ kernels, failed }: Indexed): KernelReport['failed'] {
  return [...failed, ...kernels.flatMap((kernel) => kernel.failed)];
}

function warnings({ missing }: Indexed, failed: KernelReport['failed']): string {
  const lacking = missing.map(({ message, ways }) => `WARNING: ${message}\n${ways.map((way) => `HINT: ${way}\n`).join('')}`);
  const shown = failed.slice(0, maxShown).map(({ source, error }) => {
    const hint = 'hint' in error && typeof error.hint === 'string' ? `HINT: ${error.hint}\n` : '';
    return `ERROR: ${error.message.includes(source) ? '' : `${source}: `}${error.message}\n${hint}`;
  });
  const more = failed.length > maxShown ? [`ERROR: ${failed.length - maxShown} more sources could not be read (--json has them all)\n`] : [];
  return [...lacking, ...shown, ...more].join('');
}

const maxShown = 20;

function asJson({ path, kernels, failed, missing }: Indexed): unknown {
  const broken = (all: KernelReport['failed']): unknown => all.map(({ source, error }) => ({ source, error: error.message }));
  return {
    path,
    kernels: kernels.map((kernel) => ({ ...kernel, failed: broken(kernel.failed) })),
    failed: broken(failed),
    missing: missing.map(({ feature, message, ways }) => ({ feature, message, ways })),
  };
}
