// What the catalog's bench asks of the library: `time CATALOG KERNEL` → microseconds, `raw IMAGE` → bytes of its BTF.
import { readFileSync } from 'node:fs';
import { offsetIn } from '../../src/app/offset.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { Layouts } from '../../src/resolve/layout.ts';
import { readVmlinux } from '../../src/source/image/vmlinux.ts';

const commands: Readonly<Record<string, (...words: string[]) => unknown>> = {
  raw: async (image = '') => (await readVmlinux(image, readFileSync(image))).btf?.length,
  time: (file = '', release = '') => {
    const catalog = openCatalog(file);
    if (catalog === undefined) throw new Error(`${file}: no catalog`);
    const image = (): ReturnType<typeof catalog.image> => catalog.image({ kernel: { text: release } });
    const names = image().names('struct');
    // The same ones in every catalog: each 7,919th, which is prime.
    const some = Array.from({ length: 1000 }, (_, at) => names[(at * 7919) % names.length] ?? '');
    const types = image();
    const layouts = new Layouts(types);
    const layout = times(some, (name) => {
      const [found] = types.find('struct', name);
      return found === undefined ? undefined : layouts.of(found);
    });
    const offset = times(Array.from({ length: 1000 }, () => 'sk_daddr'), () => offsetIn(() => types, ['struct sock', '__sk_common.skc_daddr']));
    catalog.close();
    return { layout, offset };
  },
};

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
