// Events out of the types of whole kernels, modules and all, beside those that lie in their images.
import { describe, expect, test } from 'vitest';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { parseModuleBtf, readModuleFile } from '../../src/source/btf/module.ts';
import { parseElf } from '../../src/source/elf/elf.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { scanEvents, scanModuleEvents } from '../../src/source/tracefs/scan.ts';
import { judgeEvents, noEvents } from '../judge/events.ts';
import { kernelFiles } from '../judge/kernelfiles.ts';

describe.each(kernelFiles())('$release', ({ release, root }) => {
  test('what resolves is right, and of what does not one candidate is', async () => {
    const parts = partsOf(root);
    const first = (await parts.next()).value;
    if (first?.kind !== 'vmlinux') throw new Error('no vmlinux');
    const image = await first.load();
    const btf = parseBtf('vmlinux', image.btf ?? new Uint8Array(0));
    const verdict = noEvents();
    judgeEvents(verdict, btf, scanEvents(image.memory, btf).events);
    let modules = 0;
    for await (const part of parts) {
      if (part.kind !== 'module') continue;
      const bytes = await part.load();
      const events = scanModuleEvents(parseElf(part.path, bytes), btf);
      if (events.length === 0) continue;
      modules++;
      judgeEvents(verdict, parseModuleBtf(readModuleFile(part.path, bytes), btf).btf, events);
    }
    const share = verdict.resolved / verdict.events;
    console.log(`${release}: vmlinux and ${modules} modules: ${verdict.events} events, ${verdict.resolved} (${(100 * share).toFixed(1)} %) resolve with ${verdict.fields} fields, ${verdict.ambiguous} have ${verdict.candidates} candidates, ${verdict.wrong.length} wrong`);
    expect(verdict.wrong.slice(0, 20)).toEqual([]);
    expect(verdict.events).toBeGreaterThan(3_000);
    expect(share).toBeGreaterThan(0.89);
  });
});
