import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { partsOf, type Part } from '../../../src/source/image/parts.ts';
import { sniff } from '../../../src/source/image/sniff.ts';
import { writeAr, writeTar } from '../../help/archivewriter.ts';
import { BtfWriter } from '../../help/btfwriter.ts';
import { writeElf } from '../../help/elfimage.ts';
import { fakeBzImage, fakeVmlinux } from '../../help/fakeimage.ts';
import { installed } from '../../help/kerneltypes.ts';
import { scratchFolder, writeTree } from '../../help/scratch.ts';

const vmlinuz = fakeBzImage(gzipSync(fakeVmlinux()));
const module = writeElf({ type: 1, sections: [{ name: '.data', bytes: Buffer.alloc(8), flags: 3 }] });
const base = new BtfWriter();
base.int('int', 4, 1);
const split = new BtfWriter({ base });
split.typedef('mine', 1);
const map = 'ffffffff81000000 T _text\nffffffff81000010 t start\n';
const stub = 'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n';

/** Kinds and paths below the source, modules with their names. */
async function listed(path: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const part of partsOf(path)) found.push(`${part.kind}${part.kind === 'module' ? ` ${part.name}` : ''} ${part.path.slice(path.length).replace(/^[:/ ]+/, '')}`.trim());
  return found;
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(scratchFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

describe('a file, by its bytes', () => {
  it.each<[string, Uint8Array | string, string]>([
    ['a.ko', module, 'module a'],
    ['snd-hda-intel.ko.gz', gzipSync(module), 'module snd_hda_intel'],
    ['what', vmlinuz, 'vmlinux'],
    ['vmlinux', fakeVmlinux(), 'vmlinux'],
    ['base', base.bytes(), 'btf'],
    ['base.gz', gzipSync(base.bytes()), 'btf'],
    ['nf_conntrack', split.bytes(), 'module nf_conntrack'],
    ['System.map', map, 'symbols'],
    ['System.map.gz', gzipSync(map), 'symbols'],
  ])('%s', async (name, bytes, expected) => {
    expect(await listed(file(name, bytes))).toEqual([expected]);
  });
});

const files = {
  'boot/System.map-6.12.0-demo': map,
  'boot/vmlinuz-6.12.0-demo': vmlinuz,
  'lib/modules/6.12.0-demo/kernel/fs/a.ko.gz': gzipSync(module),
  'lib/modules/6.12.0-demo/kernel/fs/b-c.ko': module,
  'lib/modules/6.12.0-demo/modules.dep': 'kernel/fs/b-c.ko:\n',
  'usr/share/doc/linux/changelog.gz': gzipSync('linux (6.12)\n'),
};
const below = (folder: string): readonly string[] => [`module a ${folder}kernel/fs/a.ko.gz`, `module b_c ${folder}kernel/fs/b-c.ko`];

describe('a folder', () => {
  it('of a package', async () => {
    const folder = scratchFolder();
    writeTree(folder, files);
    expect(await listed(folder)).toEqual(['vmlinux boot/vmlinuz-6.12.0-demo', 'symbols boot/System.map-6.12.0-demo', ...below('lib/modules/6.12.0-demo/')]);
  });

  it('of the modules of an installed kernel: its image is found in /boot', async () => {
    const folder = scratchFolder();
    writeTree(folder, { ...files, 'boot/System.map-6.12.0-demo': stub, 'boot/vmlinuz-6.1.0-other': vmlinuz });
    const modules = join(folder, 'lib/modules/6.12.0-demo');
    const found: Part[] = [];
    for await (const part of partsOf(modules)) found.push(part);
    expect(found.map(({ kind, path }) => `${kind} ${path.slice(folder.length)}`)).toEqual([
      'vmlinux /boot/vmlinuz-6.12.0-demo', 'module /lib/modules/6.12.0-demo/kernel/fs/a.ko.gz', 'module /lib/modules/6.12.0-demo/kernel/fs/b-c.ko',
    ]);
    const [image, first] = found;
    expect(image?.kind === 'vmlinux' && (await image.load()).release).toBe('6.12.0-demo');
    expect(first?.kind === 'module' && sniff(await first.load())).toBe('elf');
  });

  it('with several kernels', async () => {
    const folder = scratchFolder();
    writeTree(folder, { ...files, 'lib/modules/6.1.0/kernel/x.ko': module });
    await expect(listed(folder)).rejects.toThrow(`'${folder}' has 2 kernels: 6.1.0, 6.12.0-demo`);
  });

  it('like /sys/kernel/btf', async () => {
    const folder = scratchFolder();
    writeTree(folder, { aaa: split.bytes(), vmlinux: base.bytes() });
    expect(await listed(folder)).toEqual(['btf vmlinux', 'module aaa aaa']);
  });

  it('of tracefs', async () => {
    const folder = scratchFolder();
    writeTree(folder, { available_events: 'sched:sched_switch\n', 'events/sched/sched_switch/format': 'name: sched_switch\n' });
    expect(await listed(folder)).toEqual(['tracefs']);
  });

  it('with nothing', async () => {
    const folder = scratchFolder();
    await expect(listed(folder)).rejects.toThrow(`'${folder}' has nothing of a kernel`);
  });
});

describe('an archive', () => {
  const paths = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`./${path}`, bytes]));
  const inOrder = ['symbols boot/System.map-6.12.0-demo', 'vmlinux boot/vmlinuz-6.12.0-demo', ...below('lib/modules/6.12.0-demo/')];
  it.each<[string, Uint8Array]>([
    ['tar', writeTar(paths)],
    ['tar.gz', gzipSync(writeTar(paths))],
    ['deb', writeAr({ 'debian-binary': '2.0\n', 'control.tar.gz': gzipSync(writeTar({ './control': 'Package: x\n' })).subarray(0, 101), 'data.tar.gz': gzipSync(writeTar(paths)) })],
    ['deb, not packed', writeAr({ 'debian-binary': '2.0\n', 'data.tar': writeTar(paths) })],
  ])('%s', async (_, bytes) => {
    expect(await listed(file('package', bytes))).toEqual(inOrder);
  });

  it('with modules before the image: the image comes first nevertheless', async () => {
    const turned = Object.fromEntries(Object.entries(paths).reverse());
    expect(await listed(file('package', writeTar(turned)))).toEqual([
      'vmlinux boot/vmlinuz-6.12.0-demo', 'symbols boot/System.map-6.12.0-demo', ...[...below('lib/modules/6.12.0-demo/')].reverse(),
    ]);
  });

  it('with modules alone, and long names', async () => {
    const long = `lib/modules/6.12.0-demo/kernel/${'deep/'.repeat(20)}a.ko`;
    const path = file('modules.tar', writeTar({ [long]: module, 'README': 'text' }));
    expect(await listed(path)).toEqual([`module a ${long}`]);
    for await (const part of partsOf(path)) expect(part.kind === 'module' && Buffer.compare(await part.load(), module)).toBe(0);
  });

  it('of BTFHub', async () => {
    expect(await listed(file('5.4.0.btf.tar.gz', gzipSync(writeTar({ '5.4.0.btf': base.bytes() }))))).toEqual(['btf 5.4.0.btf']);
  });

  it.skipIf(!installed('dpkg-deb')).each(['xz', 'zstd', 'gzip', 'none'])('made by dpkg-deb with %s', async (packing) => {
    const folder = scratchFolder();
    writeTree(folder, { ...files, 'DEBIAN/control': 'Package: linux-demo\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@y>\nDescription: x\n' });
    const path = join(scratchFolder(), 'linux.deb');
    execFileSync('dpkg-deb', [`-Z${packing}`, '--build', folder, path], { stdio: 'ignore' });
    expect(readdirSync(folder)).toContain('boot');
    expect(await listed(path)).toEqual(inOrder);
  });
});

describe('what is refused', () => {
  it.each<[string, Uint8Array | string]>([
    ["nothing of a kernel: neither BTF, ELF, a kernel image, a package, an archive nor a symbol table", 'CONFIG_X=y\n'],
    ['the archive has no data.tar: not a Debian package', writeAr({ 'debian-binary': '2.0\n' })],
    ['the package has no tar file in it, but something that is not known', writeAr({ 'data.tar.xz': 'hello' })],
    ['not the header of a tar entry: its checksum is wrong', Buffer.from(writeTar(files)).fill('X', 0, 1)],
    ['not the header of an ar member', Buffer.from('!<arch>\n' + 'x'.repeat(60))],
    ['boot/vmlinuz-6.12.0-demo ends 2231 bytes before its size of 3695', writeTar(files).subarray(0, 3000)],
  ])('%s', async (message, bytes) => {
    await expect(listed(file('broken', bytes))).rejects.toThrow(message);
  });

  it('a path that is not there', async () => {
    await expect(listed('/nonesuch')).rejects.toThrow("cannot read '/nonesuch': ENOENT");
  });

  it('pipes and devices, which may never end', async () => {
    const pipe = join(scratchFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', '/dev/null']) await expect(listed(path)).rejects.toThrow(`'${path}' is neither a file nor a folder`);
  });

  it('an empty module among others, when it is loaded', async () => {
    const folder = scratchFolder();
    writeTree(folder, { ...files, 'lib/modules/6.12.0-demo/kernel/zero.ko': '' });
    const found: string[] = [];
    for await (const part of partsOf(folder)) if (part.kind === 'module' && part.name === 'zero') found.push(await part.load().then(String, (error: unknown) => `refused: ${String(error)}`));
    expect(found).toHaveLength(1);
  });
});

describe('sniff', () => {
  it.each<[string, string]>([
    ['btf', '9feb0100'], ['btf', 'eb9f0001'], ['elf', '7f454c46'], ['gzip', '1f8b08'], ['xz', 'fd377a585a00'], ['zstd', '28b52ffd'], ['lz4', '02214c18'],
    ['lz4', '04224d18'], ['ar', '213c617263683e0a'], ['efi-zboot', '4d5a00007a696d67'], ['system-map', Buffer.from('ffffffff81000000 T _text\n').toString('hex')], ['unknown', ''],
    ['unknown', '00'],
  ])('%s', (content, bytes) => {
    expect(sniff(Buffer.from(bytes, 'hex'))).toBe(content);
  });
});
