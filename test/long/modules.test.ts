// Every struct, union and enum of whole kernels, modules and all, against the reader in Python and against pahole.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { ingestSources } from '../../src/index/sources.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { scratchFolder } from '../help/scratch.ts';
import { compare, judged, ours } from '../judge/judge.ts';
import { kernelFiles } from '../judge/kernelfiles.ts';
import { bundledWorker } from '../judge/killing.ts';
import { ourMembers, paholeRecords } from '../judge/paholetext.ts';

const python = spawnSync('python3', ['--version']).status === 0;
const version = spawnSync('pahole', ['--version'], { encoding: 'utf8' }).stdout?.trim();
const execute = promisify(execFile);
const folder = scratchFolder();

// In threads, as the command does.
beforeAll(() => { process.env['BTFLY_WORKER'] = bundledWorker(folder); });

describe.skipIf(!python).each(kernelFiles())('$release (needs python3)', (kernel) => {
  let types: ImageTypes;

  test('is indexed whole', async () => {
    const path = join(folder, `${kernel.name}.db`);
    const { kernels, failed } = await ingestSources([kernel.root], { path }, partsOf);
    expect(failed).toEqual([]);
    expect(kernels.map((each) => each.failed)).toEqual([[]]);
    expect(kernels[0]?.modules).toBe(kernel.modules().length);
    const catalog = openCatalog(path);
    if (catalog === undefined) throw new Error('no catalog');
    types = catalog.image();
  });

  test('every member of every struct, union and enum, of vmlinux and of every module', async () => {
    const list = join(folder, `${kernel.name}.list`);
    writeFileSync(list, kernel.modules().map((file) => `${file}\n`).join(''));
    const verdict = await compare(types, ours(types), all([judged([kernel.btf]), judged([`@${list}`], { base: kernel.btf })]));
    console.log(`${kernel.release}: ${verdict.definitions} definitions, ${verdict.members} members, ${verdict.leaves} types followed, ${verdict.differing} differences`);
    expect(verdict.differences).toEqual([]);
    expect(verdict.definitions).toBeGreaterThan(200_000);
  }, 3_600_000);

  test.skipIf(version !== 'v1.24')(`every member of every named struct and union, of every module (needs pahole v1.24, here: ${version})`, async () => {
    const [inBase, inModules] = [new Map<string, Set<string>>(), new Map<string, Map<string, Set<string>>>()];
    for (const kind of ['struct', 'union'] as const) {
      for (const record of types.all(kind, '*')) {
        const list = record.image === 'vmlinux' ? inBase : (inModules.get(record.image) ?? new Map<string, Set<string>>());
        if (list !== inBase) inModules.set(record.image, list);
        const head = `${kind} ${record.name}`;
        list.set(head, (list.get(head) ?? new Set()).add(digest(ourMembers(types, record))));
      }
    }
    const wrong: string[] = [];
    let printed = 0;
    let unprinted = 0;
    const files = [...kernel.modules()];
    const work = async (): Promise<void> => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        const image = basename(file).replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
        const mine = inModules.get(image) ?? new Map<string, Set<string>>();
        const unseen = new Set(mine.keys());
        for (const [head, theirs] of paholeRecords(await pahole(kernel.btf, file, [...mine.keys()].map((each) => each.split(' ')[1] ?? '')))) {
          unseen.delete(head);
          printed++;
          // Of a name that the base has too pahole may print the base's.
          if (mine.get(head)?.has(digest(theirs)) !== true && inBase.get(head)?.has(digest(theirs)) !== true) wrong.push(`${image} ${head}: pahole's: ${theirs.slice(0, 400)}`);
        }
        // Asked for a name, pahole answers with the first thing of that name: a typedef, or what the base calls so.
        for (const head of unseen) if (!inBase.has(head)) unprinted++;
      }
    };
    await Promise.all([work(), work()]);
    console.log(`${kernel.release}: ${printed} structs and unions in pahole's text of the modules, ${wrong.length} differences; ${unprinted} more that it does not print`);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(printed).toBeGreaterThan(50_000);
    expect(unprinted).toBeLessThan(printed / 1000);
  }, 3_600_000);
});

/** What pahole prints for these names in a module; packed modules are unpacked first. */
async function pahole(base: string, file: string, names: readonly string[]): Promise<string> {
  if (names.length === 0) return '';
  const plain = file.endsWith('.ko') ? file : join(folder, basename(file, extname(file)));
  if (plain !== file) writeFileSync(plain, (await execute('xz', ['-dc', file], { encoding: 'buffer', maxBuffer: 1 << 28 })).stdout);
  const list = join(folder, `${basename(plain)}.names`);
  writeFileSync(list, names.map((each) => `${each}\n`).join(''));
  const { stdout } = await execute('pahole', ['--btf_base', base, '-C', `file://${list}`, plain], { encoding: 'latin1', maxBuffer: 1 << 28 });
  if (plain !== file) rmSync(plain);
  rmSync(list);
  return stdout;
}

function digest(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

async function* all(parts: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  for (const part of parts) yield* part;
}
