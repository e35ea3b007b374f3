import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/source/btf/btf.ts';
import { kindOf } from '../../../src/source/btf/kinds.ts';
import { ImageMemory } from '../../../src/source/image/memory.ts';
import { partsOf } from '../../../src/source/image/parts.ts';
import { imageSymbolsText, readImageSymbols } from '../../../src/source/ksyms/image.ts';
import { readFunctionSymbols } from '../../../src/source/ksyms/ksyms.ts';
import { cacheFolder, series } from '../../vm/kernels.ts';

/** 256 tokens: a character each, and `sys_` where DEL is. */
const tokens = Array.from({ length: 256 }, (_, code) => (code === 0 || code > 0x7f ? `~${code}` : code === 0x7f ? 'sys_' : String.fromCharCode(code)));

const symbols = Array.from({ length: 600 }, (_, index) => ({ type: index % 2 === 0 ? 'T' : 't', name: index === 300 ? '__x64_sys_open' : `function_${index}`, offset: 16 * index }));

const base = 0xffffffff81000000n;

/** The table as scripts/kallsyms.c lays it out: before 6.4 addresses come first; newer kernels align to 4 and have offsets from their own place. */
function table(form: 'first' | 'behind' | 'own place'): Buffer {
  const to = form === 'own place' ? 4 : 8;
  const parts: Buffer[] = [Buffer.alloc(64, 0xcc)];
  const size = (): number => parts.reduce((sum, part) => sum + part.length, 0);
  const put = (bytes: Buffer): void => { parts.push(Buffer.concat([bytes, Buffer.alloc(-(size() + bytes.length) & (to - 1))])); };
  const words = (values: readonly number[], bytes: 2 | 4): Buffer => {
    const out = Buffer.alloc(bytes * values.length);
    values.forEach((value, index) => (bytes === 2 ? out.writeUInt16LE(value, 2 * index) : out.writeInt32LE(value, 4 * index)));
    return out;
  };
  const relative = Buffer.alloc(8);
  relative.writeBigUInt64LE(base);
  if (form === 'first') {
    // Per-CPU symbols are addresses, the others count down from base - 1.
    put(words(symbols.map(({ offset }, index) => (index < 4 ? offset : -1 - offset)), 4));
    put(relative);
  }
  const names: Buffer[] = [];
  const marks: number[] = [];
  symbols.forEach(({ type, name }, index) => {
    if (index % 256 === 0) marks.push(names.reduce((sum, part) => sum + part.length, 0));
    const packed = Buffer.from(`${type}${name.replaceAll('sys_', '\x7f')}`, 'latin1');
    names.push(Buffer.from([packed.length]), packed);
  });
  put(words([symbols.length], 4));
  put(Buffer.concat(names));
  put(words(marks, 4));
  // kallsyms_seqs_of_names: three bytes a symbol, here without a zero between them and the tokens.
  if (form === 'first') put(Buffer.alloc(3 * symbols.length, 0xea));
  const offsets: number[] = [];
  let next = 0;
  for (const token of tokens) {
    offsets.push(next);
    next += token.length + 1;
  }
  put(Buffer.from(tokens.map((token) => `${token}\0`).join(''), 'latin1'));
  put(words(offsets, 2));
  if (form === 'behind') {
    put(words(symbols.map(({ offset }) => offset), 4));
    put(relative);
  }
  if (form === 'own place') {
    const start = size();
    put(words(symbols.map(({ offset }, index) => offset - start - 4 * index), 4));
  }
  return Buffer.concat([...parts, Buffer.alloc(64, 0xcc)]);
}

describe('a made table', () => {
  it.each(['first', 'behind', 'own place'] as const)('addresses %s', (form) => {
    const memory = new ImageMemory([{ address: base, bytes: table(form) }], []);
    const found = readImageSymbols(memory);
    expect(found).toEqual(symbols.map(({ type, name, offset }, index) => ({ type, name, address: form === 'first' && index < 4 ? BigInt(offset) : base + BigInt(offset) })));
    expect(readImageSymbols(memory, 'sys_')).toEqual([{ type: 'T', name: '__x64_sys_open', address: base + 4800n }]);
    expect(imageSymbolsText(memory).split('\n')[5]).toBe('ffffffff81000050 t function_5');
  });

  it('none', () => {
    expect(readImageSymbols(new ImageMemory([{ address: base, bytes: Buffer.alloc(5000) }], []))).toEqual([]);
    const cut = table('behind');
    expect(readImageSymbols(new ImageMemory([{ address: base, bytes: cut.subarray(0, cut.length - 2400) }], []))).toEqual([]);
  });
});

describe.each(series.map(({ name }) => ({ name, folder: join(cacheFolder(), name) })).filter(({ folder }) => existsSync(join(folder, 'vmlinux.btf'))))('Debian $name', ({ folder }) => {
  it('has the functions of its types', async () => {
    for await (const part of partsOf(folder)) {
      if (part.kind !== 'vmlinux') throw new Error(part.kind);
      const { memory } = await part.load();
      const found = new Map(readImageSymbols(memory).map((symbol) => [symbol.name, symbol.address]));
      expect(found.get('_text') ?? found.get('_stext')).toBe(0xffffffff81000000n);
      expect([...found.values()].every((address) => address < 2n ** 64n)).toBe(true);
      const btf = parseBtf('test', readFileSync(join(folder, 'vmlinux.btf')));
      const missing: string[] = [];
      let functions = 0;
      for (let id = 1; id < btf.endId; id++) {
        if (btf.kind(id) !== kindOf.FUNC) continue;
        functions++;
        if (!found.has(btf.name(id))) missing.push(btf.name(id));
      }
      // What the compiler made copies of is there under their names only.
      expect(missing.length / functions).toBeLessThan(0.05);
      expect(missing.filter((name) => name.startsWith('__x64_sys_'))).toEqual([]);
      expect(readFunctionSymbols(imageSymbolsText(memory)).length).toBeGreaterThan(40_000);
      break;
    }
  });
});
