import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitSource } from '../../../src/source/image/split.ts';
import { writeAr, writeTar } from '../../help/archivewriter.ts';
import { fakeBzImage, fakeVmlinux } from '../../help/fakeimage.ts';
import { scratchFolder, writeTree } from '../../help/scratch.ts';

const vmlinuz = fakeBzImage(gzipSync(fakeVmlinux()));
const deb = writeAr({ 'debian-binary': '2.0\n', 'data.tar': writeTar({ './boot/vmlinuz-6.1.0': vmlinuz }) });
const archive = gzipSync(writeTar({ '5.4.0.btf': 'x' }));
const installed = (release: string): Record<string, Uint8Array | string> => ({ [`boot/vmlinuz-${release}`]: vmlinuz, [`lib/modules/${release}/kernel/a.ko`]: 'x' });

describe('a source that is several', () => {
  it.each<[string, Record<string, Uint8Array | string>, string, readonly string[]]>([
    ['packages', { 'a.deb': deb, 'more/b.deb': deb, 'c.ddeb': deb }, '', ['a.deb', 'c.ddeb', 'more/b.deb']],
    ['archives', { '5.4.0.btf.tar.gz': archive, '5.8.0.btf.tar.xz': archive }, '', ['5.4.0.btf.tar.gz', '5.8.0.btf.tar.xz']],
    ['packages beside something that is nothing of a kernel', { 'a.deb': deb, README: 'text' }, '', ['a.deb']],
    ['packages beside an image', { 'a.deb': deb, vmlinuz }, '', ['', 'a.deb']],
    ['a root with several kernels', { ...installed('6.1.0'), ...installed('6.12.0') }, '', ['lib/modules/6.1.0', 'lib/modules/6.12.0']],
    ['a folder of several kernels', { ...installed('6.1.0'), ...installed('6.12.0') }, 'lib/modules', ['lib/modules/6.1.0', 'lib/modules/6.12.0']],
    ['a folder of one', installed('6.1.0'), 'lib/modules', ['lib/modules/6.1.0']],
  ])('%s', async (_, files, named, sources) => {
    const folder = scratchFolder();
    writeTree(folder, files);
    expect(await splitSource(join(folder, named))).toEqual(sources.map((path) => join(folder, path)));
  });
});

describe('a source that is one', () => {
  it.each<[string, Record<string, Uint8Array | string>, string]>([
    ['a file', { 'a.deb': deb }, 'a.deb'],
    ['nothing', {}, 'absent'],
    ['an empty folder', {}, ''],
    ['images', { a: vmlinuz, b: vmlinuz }, ''],
    ['a root with a kernel', { ...installed('6.1.0'), 'usr/src/linux-source.tar.xz': 'x' }, ''],
    ['the modules of a kernel', { ...installed('6.1.0'), 'lib/modules/6.1.0/updates/dkms.tar': 'x' }, 'lib/modules/6.1.0'],
    ['tracefs', { available_events: 'a:b\n', 'events/a/b/format': 'name: b\n' }, ''],
  ])('%s', async (_, files, named) => {
    const folder = scratchFolder();
    writeTree(folder, files);
    expect(await splitSource(join(folder, named))).toEqual([join(folder, named)]);
  });
});
