import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../src/base/errors.ts';
import { sniff } from '../../../src/source/image/sniff.ts';
import { ByteStream, collect } from '../../../src/source/image/stream.ts';
import { unpack } from '../../../src/source/image/unpack.ts';
import { installed } from '../../help/kerneltypes.ts';
import { mutations } from '../../fuzz/mutator.ts';

/** Code, text that repeats, and noise. */
const sample = Buffer.concat([
  readFileSync(process.execPath).subarray(2_000_000, 2_300_000),
  Buffer.from('the quick brown fox jumps over the lazy dog, '.repeat(1000)),
  ...Array.from({ length: 40_000 }, (_, index) => Buffer.of(Math.imul(index, 2654435761) >>> 24)),
  Buffer.alloc(200_000, 7),
]);

function pack(command: string, input: Uint8Array): Buffer {
  const done = spawnSync('sh', ['-c', command], { input, maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(done.stderr.toString());
  return done.stdout;
}

describe('what the tools pack', () => {
  const commands = [
    'xz -c', 'xz -0 -c', 'xz -9e -c', 'xz --x86 --lzma2=dict=32MiB -c', 'xz --arm --lzma2 -c', 'xz -C none -c', 'xz -C crc32 -c', 'xz -C sha256 -c',
    'xz --block-size=200000 -c', 'xz --lzma2=preset=6,lc=0,lp=3,pb=4 -c', 'xz --lzma2=preset=6,lc=4,lp=0,pb=0 -c',
    'zstd -1 -c', 'zstd -3 --no-check -c', 'zstd -19 -c', 'zstd --fast=5 -c', 'zstd -T2 -B200000 -c',
    'lz4 -l -c', 'lz4 -1 -c', 'lz4 -9 -BD -c', 'lz4 -B4 -BX --content-size -c', 'lz4 --no-frame-crc -c', 'gzip -c', 'gzip -1 -c',
  ];
  it.each(commands.filter((command) => installed(command.split(' ')[0] ?? '')))('%s', async (command) => {
    const packed = pack(command, sample);
    expect(sniff(packed)).toBe(command.split(' ')[0]);
    const found = await unpack('test', packed);
    expect(Buffer.compare(found, sample)).toBe(0);
  });

  it.skipIf(!installed('xz', 'zstd', 'lz4')).each(['xz -c', 'zstd -c', 'lz4 -c', 'lz4 -l -c', 'gzip -c'])('%s, two one behind the other', async (command) => {
    const packed = pack(command, sample.subarray(0, 100_000));
    const found = await unpack('test', Buffer.concat([packed, packed]));
    expect(Buffer.compare(found, Buffer.concat([sample.subarray(0, 100_000), sample.subarray(0, 100_000)]))).toBe(0);
  });

  it.skipIf(!installed('xz')).each([0, 1, 5])('nothing but %i bytes', async (size) => {
    for (const command of ['xz -c', 'zstd -c', 'lz4 -c', 'gzip -c']) {
      expect(Buffer.from(await unpack('test', pack(command, Buffer.alloc(size, 65)))).toString()).toBe('A'.repeat(size));
    }
  });
});

describe('what is refused', () => {
  const gzip = gzipSync('text');
  it.each<[string, Uint8Array]>([
    ['test: at byte 0: not gzip: unexpected end of file', gzip.subarray(0, 12)],
    ['test: at byte 0: packed more than 4 times', gzipSync(gzipSync(gzipSync(gzipSync(gzip))))],
    ['test: at byte 6: stream flags 0 2 are not known', xzHeader(2)],
    ['test: at byte 8: the stream header does not match its CRC32', Buffer.from('fd377a585a00000400000000', 'hex')],
    ['test: at byte 12: 4 bytes wanted, the data ends after 0', xzHeader(1)],
    ['test: at byte 4: frame flags 0x8 are not known', Buffer.from('28b52ffd08', 'hex')],
    ['test: at byte 4: the frame needs a dictionary', Buffer.from('28b52ffd010001', 'hex')],
    ['test: at byte 6: a block of kind 3 and 0 bytes, at most 1024', Buffer.from('28b52ffd0000070000', 'hex')],
    ['test: at byte 4: frame descriptor 0x40 0x30 is not known', Buffer.from('04224d184030', 'hex')],
    ['test: at byte 11: a match 1 bytes back', Buffer.from('02214c1803000000000100', 'hex')],
  ])('%s', async (message, bytes) => {
    await expect(unpack('test', bytes)).rejects.toThrow(message);
  });

  it('more than was asked for', async () => {
    await expect(collect('test', [Buffer.alloc(10), Buffer.alloc(10)], 15)).rejects.toThrow('test: at byte 0: unpacked it has more than 15 bytes');
  });

  it.skipIf(!installed('xz', 'zstd', 'lz4')).each(['xz -c', 'xz --x86 --lzma2 -c', 'zstd -c', 'zstd -19 --no-check -c', 'lz4 -c', 'lz4 -l -c', 'gzip -c'])('%s, damaged: read or refused, in time', async (command) => {
    const packed = pack(command, sample.subarray(280_000, 310_000));
    let refused = 0;
    for (const damaged of mutations(packed, 300)) {
      const start = performance.now();
      await unpack('test', damaged).catch((error: unknown) => {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      });
      expect(performance.now() - start).toBeLessThan(2_000);
    }
    expect(refused).toBeGreaterThan(200);
  });
});

/** With its CRC32 right. */
function xzHeader(check: number): Buffer {
  const known: Readonly<Record<number, string>> = { 1: 'fd377a585a0000016922de36', 2: 'fd377a585a000002d373d7af' };
  return Buffer.from(known[check] ?? '', 'hex');
}

describe('a stream', () => {
  it('over the borders of its pieces', async () => {
    const stream = new ByteStream('test', [Buffer.from('ab'), Buffer.from(''), Buffer.from('cde'), Buffer.from('fgh')]);
    expect(Buffer.from(await stream.peek(4)).toString()).toBe('abcd');
    expect(Buffer.from(await stream.read(1)).toString()).toBe('a');
    expect(Buffer.from(await stream.read(4)).toString()).toBe('bcde');
    expect(stream.offset).toBe(5);
    await stream.skip(1);
    expect(Buffer.from(await stream.peek(10)).toString()).toBe('gh');
    expect(await stream.atEnd()).toBe(false);
    await expect(stream.read(3)).rejects.toThrow('test: at byte 6: 3 bytes wanted, the data ends after 2');
  });
});
