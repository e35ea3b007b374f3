// What the catalog's bench asks of the library: `time CATALOG KERNEL` → microseconds, `raw IMAGE` → bytes of its BTF.
import { readFileSync } from 'node:fs';
import { openCatalog } from '../../src/app/library.ts';
import { readVmlinux } from '../../src/source/image/vmlinux.ts';

const commands: Readonly<Record<string, (...words: string[]) => unknown>> = {
  raw: async (image = '') => (await readVmlinux(image, readFileSync(image))).btf?.length,
  // The first rounds pay for V8's compiler; each opens the catalog anew.
  time: (file = '', release = '') => Array.from({ length: 4 }, () => round(file, release)).at(-1),
};

function round(file: string, release: string): { readonly layout: number; readonly offset: number } {
  const catalog = openCatalog({ db: file });
  const kernel = catalog.kernel(release);
  const names = kernel.names('struct');
  // The same ones in every catalog: each 7,919th, which is prime.
  const some = Array.from({ length: 1000 }, (_, at) => names[(at * 7919) % names.length] ?? '');
  const layout = times(some, (name) => kernel.layout(`struct ${name}`));
  const offset = times(some, () => kernel.offset('struct sock', '__sk_common.skc_daddr'));
  catalog.close();
  return { layout, offset };
}

/** Median microseconds of one. */
function times(names: readonly string[], work: (name: string) => unknown): number {
  const took = names.map((name) => {
    const begin = process.hrtime.bigint();
    work(name);
    return Number(process.hrtime.bigint() - begin) / 1e3;
  });
  return took.sort((a, b) => a - b)[took.length >> 1] ?? 0;
}

const [command = '', ...words] = process.argv.slice(2);
void Promise.resolve(commands[command]?.(...words)).then((answer) => { process.stdout.write(JSON.stringify(answer)); });
