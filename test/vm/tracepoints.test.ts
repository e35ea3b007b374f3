// Tracepoints read from images beside those of the kernels that were booted from them, with a hundred modules loaded (tracefsdump.ts).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { parseBtf, type Btf } from '../../src/source/btf/btf.ts';
import { parseElf } from '../../src/source/elf/elf.ts';
import { moduleMemory } from '../../src/source/image/module.ts';
import { readVmlinux, type VmlinuxImage } from '../../src/source/image/vmlinux.ts';
import { scanEvents, type ScannedEvents } from '../../src/source/tracefs/scan.ts';
import type { EventName } from '../../src/source/tracefs/tracefs.ts';
import { compareEvents } from './formats.ts';
import { kernel, series } from './kernels.ts';
import { tracefsDump, type TracefsDump } from './tracefsdump.ts';

describe.skipIf(inject('vmMissing') !== '').each(series.map(({ name }) => name))('%s', (name) => {
  let dump: TracefsDump;
  let image: VmlinuxImage;
  let btf: Btf;
  let scanned: ScannedEvents;
  beforeAll(async () => {
    dump = await tracefsDump(name);
    const { vmlinuz } = kernel(name);
    image = await readVmlinux(vmlinuz, readFileSync(vmlinuz));
    btf = parseBtf('vmlinux', image.btf ?? new Uint8Array(0));
    scanned = scanEvents(image.memory, btf);
  }, 1_500_000);

  test('every event of vmlinux', () => {
    const compared = compareEvents(scanned.events, dump.formats);
    console.log(`${name}: vmlinux: ${compared.events} events, ${compared.fields} fields, ${compared.formats} print formats to the letter, ${compared.differences.length} differences`);
    expect(compared.differences.slice(0, 20)).toEqual([]);
    expect(scanned.events.filter((each) => !dump.formats.has(keyOf(each))).map(keyOf)).toEqual([]);
    expect(compared.events).toBeGreaterThan(1_300);
  });

  test('every event of every module that was loaded', () => {
    const loaded = new Set(dump.modules);
    const taken = new Set(scanned.events.map(keyOf));
    const differences: string[] = [];
    const unseen: string[] = [];
    let [modules, events, fields] = [0, 0, 0];
    for (const file of moduleFiles(kernel(name).modules)) {
      const module = basename(file).replace(/\.ko.*$/, '').replaceAll('-', '_');
      if (!loaded.has(module)) continue;
      const own = scanEvents(moduleMemory(parseElf(file, contents(file))), btf).events;
      const compared = compareEvents(own, dump.formats);
      if (own.length > 0) modules++;
      events += compared.events;
      fields += compared.fields;
      differences.push(...compared.differences.map((each) => `${module}: ${each}`));
      unseen.push(...own.map(keyOf).filter((key) => !dump.formats.has(key)).map((key) => `${module}: ${key}`));
      for (const each of own) taken.add(keyOf(each));
    }
    console.log(`${name}: ${modules} modules: ${events} events, ${fields} fields, ${differences.length} differences`);
    expect(differences.slice(0, 20)).toEqual([]);
    expect(unseen).toEqual([]);
    // Those of ftrace itself are no events of the image.
    expect([...dump.formats.keys()].filter((key) => !taken.has(key) && !key.startsWith('ftrace/'))).toEqual([]);
    expect(modules).toBeGreaterThanOrEqual(30);
  });
});

function keyOf({ system, name }: EventName): string {
  return `${system}/${name}`;
}

function moduleFiles(folder: string): readonly string[] {
  return readdirSync(join(folder, 'kernel'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.ko(\.\w+)?$/.test(file)).map((file) => join(folder, 'kernel', file));
}

/** Unpacked by the system's tools, not by ours. */
function contents(file: string): Uint8Array {
  return file.endsWith('.xz') ? execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 28 }) : readFileSync(file);
}
