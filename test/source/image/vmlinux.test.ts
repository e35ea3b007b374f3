import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/source/image/parts.ts';
import { readVmlinux } from '../../../src/source/image/vmlinux.ts';
import { fakeArm64Image, fakeBzImage, fakeVmlinux, fakeZboot, imageAddress, tracingBtf } from '../../help/fakeimage.ts';
import { installed } from '../../help/kerneltypes.ts';
import { cacheFolder, series } from '../../vm/kernels.ts';

const elf = fakeVmlinux();

function withSize(command: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(elf.length);
  return Buffer.concat([spawnSync('sh', ['-c', command], { input: elf, maxBuffer: 1 << 26 }).stdout, size]);
}

describe('however it is wrapped', () => {
  it.each<[string, () => Buffer, readonly string[]]>([
    ['ELF', () => elf, []],
    ['gzip', () => gzipSync(elf), []],
    ['bzImage with gzip', () => fakeBzImage(gzipSync(elf)), []],
    ['bzImage with xz', () => fakeBzImage(withSize('xz --check=crc32 --x86 --lzma2=dict=32MiB -c')), ['xz']],
    ['bzImage with zstd', () => fakeBzImage(withSize('zstd -19 -c')), ['zstd']],
    ['bzImage with lz4', () => fakeBzImage(withSize('lz4 -l -9 -c')), ['lz4']],
    ['EFI zboot', () => fakeZboot(gzipSync(elf)), []],
    ['bzImage in gzip', () => gzipSync(fakeBzImage(gzipSync(elf))), []],
  ])('%s', async (_, make, tools) => {
    if (!installed(...tools)) return;
    const { memory, btf, ...image } = await readVmlinux('test', make());
    expect(image).toEqual({ buildId: 'ab'.repeat(20), arch: 'x86_64', release: '6.12.0-demo' });
    expect(Buffer.compare(btf ?? Buffer.alloc(0), tracingBtf().bytes())).toBe(0);
    expect(memory.base).toBe(imageAddress);
    expect(memory.ranges).toHaveLength(4);
  });

  it.each([['pointers in place', false], ['pointers in a table', true]])('arm64, %s', async (_, table) => {
    const { memory, btf, ...image } = await readVmlinux('test', gzipSync(fakeArm64Image(0xffff800080000000n, table)));
    expect(image).toEqual({ buildId: 'cd'.repeat(20), arch: 'arm64', release: '6.12.0-arm' });
    expect(Buffer.compare(btf ?? Buffer.alloc(0), tracingBtf().bytes())).toBe(0);
    expect(memory.base).toBe(0xffff800080000000n);
  });
});

describe('what is refused', () => {
  it.each<[string, Buffer]>([
    ['test: at byte 0: no kernel image: these bytes are not known', Buffer.from('hello')],
    ['test: at byte 0: no kernel image: this is btf', Buffer.from(tracingBtf().bytes())],
    ['test: at byte 3240: 4294967295 bytes wanted, the data ends at', changed(fakeBzImage(gzipSync(elf)), (image) => image.writeUInt32LE(0xffffffff, 0x24c))],
    ['test: at byte 518: boot protocol 2.7 does not tell where the kernel is, 2.8 and later do', changed(fakeBzImage(gzipSync(elf)), (image) => image.writeUInt16LE(0x207, 0x206))],
    ['test: at byte 0: an image in an image, more than 4 times', fakeZboot(fakeZboot(fakeZboot(fakeZboot(fakeZboot(elf)))))],
  ])('%s', async (message, bytes) => {
    await expect(readVmlinux('test', bytes)).rejects.toThrow(message.replace('3240', '2624'));
  });
});

function changed(bytes: Buffer, change: (bytes: Buffer) => unknown): Buffer {
  change(bytes);
  return bytes;
}

describe('kernels of Debian', () => {
  const here = series.map(({ name }) => ({ name, folder: join(cacheFolder(), name) })).filter(({ folder }) => existsSync(join(folder, 'vmlinux.btf')));
  it.each(here)('$name', async ({ folder }) => {
    for await (const part of partsOf(folder)) {
      if (part.kind !== 'vmlinux') throw new Error(`the first part is ${part.kind}`);
      const image = await part.load();
      expect(Buffer.compare(image.btf ?? Buffer.alloc(0), readFileSync(join(folder, 'vmlinux.btf')))).toBe(0);
      expect(image.arch).toBe('x86_64');
      expect(image.buildId).toMatch(/^[0-9a-f]{40}$/);
      expect(part.path).toContain(basename(part.path) === 'vmlinuz' ? `modules/${image.release}/` : `vmlinuz-${image.release}`);
      break;
    }
  });
});
