import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bytes } from '../../src/base/bytes.ts';
import { parseElf } from '../../src/source/elf/elf.ts';
import { buildIdOf } from '../../src/source/elf/notes.ts';

const readelf = spawnSync('readelf', ['--version']).status === 0;
const files = ['/bin/true', process.execPath, '/lib/x86_64-linux-gnu/libc.so.6'].filter((path) => spawnSync('test', ['-r', path]).status === 0);

describe.skipIf(!readelf)('as readelf says', () => {
  it.each(files)('%s', (path) => {
    const elf = parseElf(path, readFileSync(path));
    const run = (...args: string[]): string => execFileSync('readelf', ['-W', ...args, path], { encoding: 'utf8', maxBuffer: 1 << 29, stdio: ['ignore', 'pipe', 'ignore'] });
    const sections = [...run('-S').matchAll(/^\s+\[\s*(\d+)\] (\S+)\s+\S+\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+).*?(\d+)\s*$/gm)];
    expect(sections.length).toBeGreaterThan(10);
    for (const [, index, name, address, offset, size, entry, align] of sections) {
      const section = elf.sections[Number(index)];
      expect(section).toMatchObject({
        name, address: BigInt(`0x${address}`), offset: Number(`0x${offset}`), size: Number(`0x${size}`), entrySize: Number(`0x${entry}`), align: BigInt(align ?? 0),
      });
    }
    expect(elf.buildId()).toBe(/Build ID: ([0-9a-f]+)/.exec(run('-n'))?.[1]);
    const symbols = [...run('--dyn-syms').matchAll(/^\s+\d+: ([0-9a-f]+)\s+(\d+|0x[0-9a-f]+) (\S+)\s+(\S+)\s+\S+\s+(\S+)(?: (\S+))?/gm)];
    const ours = elf.symbols('.dynsym');
    expect(ours.length).toBe(symbols.length);
    const wrong = symbols.filter(([, value, size], index) => ours[index]?.address !== BigInt(`0x${value}`) || ours[index].size !== BigInt(size ?? 0));
    expect(wrong).toEqual([]);
    const text = elf.section('.text');
    expect(elf.fileOffset(text?.address ?? 0n)).toBe(text?.offset);
  });
});

describe('what is refused', () => {
  const bytes = (): Buffer => readFileSync('/bin/true');
  it.each<[string, (data: Buffer) => unknown]>([
    ['test: at byte 0: not an ELF file', () => parseElf('test', Buffer.from('MZ'))],
    ['test: at byte 4: class 3 is neither 32-bit nor 64-bit', (data) => [data.writeUInt8(3, 4), parseElf('test', data)]],
    ['test: at byte 5: data encoding 0 is neither little nor big endian', (data) => [data.writeUInt8(0, 5), parseElf('test', data)]],
    ['test: at byte 58: section headers of 10 bytes', (data) => [data.writeUInt16LE(10, 58), parseElf('test', data)]],
    ['test: at byte 40: size 18446744073709551615 is beyond 2^53', (data) => [data.writeBigUInt64LE(2n ** 64n - 1n, 40), parseElf('test', data)]],
    ['test: at byte 0: the section table cannot be read: ', (data) => [data.writeUInt16LE(0, 60), parseElf('test', data)]],
  ])('%s', (message, act) => {
    expect(() => act(bytes())).toThrow(message);
  });

  it('a section that ends behind the file', () => {
    const elf = parseElf('test', bytes().subarray());
    const section = elf.sections.find((each) => each.name === '.text');
    expect(() => section && elf.contents({ ...section, size: 1e9 })).toThrow(/^test: at byte \d+: 1000000000 bytes wanted, the data ends at \d+$/);
  });

  it('a compressed section', () => {
    const elf = parseElf('test', bytes());
    const section = elf.sections.find((each) => each.name === '.text');
    expect(() => section && elf.contents({ ...section, flags: 0x800n })).toThrow('section .text is compressed');
  });
});

describe('notes', () => {
  const note = (type: number, name: string, contents: number[]): number[] => {
    const out = Buffer.alloc(12 + Math.ceil((name.length + 1) / 4) * 4 + Math.ceil(contents.length / 4) * 4);
    out.writeUInt32LE(name.length + 1, 0);
    out.writeUInt32LE(contents.length, 4);
    out.writeUInt32LE(type, 8);
    out.write(name, 12, 'latin1');
    out.set(contents, 12 + Math.ceil((name.length + 1) / 4) * 4);
    return [...out];
  };

  it.each<[string, number[], string | undefined]>([
    ['the build-id', note(3, 'GNU', [0xab, 0xcd]), 'abcd'],
    ['behind others', [...note(0x101, 'Linux', [1, 2, 3, 4, 5]), ...note(3, 'GNU', [1])], '01'],
    ['of somebody else', note(3, 'XEN', [1]), undefined],
    ['nothing', [], undefined],
  ])('%s', (_, bytes, id) => {
    expect(buildIdOf(new Bytes('notes', Uint8Array.from(bytes)))).toBe(id);
  });

  it('cut short', () => {
    expect(() => buildIdOf(new Bytes('notes', Uint8Array.from(note(3, 'GNU', [1, 2, 3, 4])).subarray(0, 17)))).toThrow('notes: at byte 16: 4 bytes wanted, the data ends at 17');
  });
});
