// Modules on the vmlinux of another kernel: split BTF says nowhere what its base is, and pahole prints nonsense then.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/base/errors.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import { parseModuleBtf, readModuleFile } from '../../src/source/btf/module.ts';
import { kernelFiles } from './kernelfiles.ts';

const kernels = kernelFiles();

describe.skipIf(kernels.length < 2)('modules of 6.1 (needs two kernels of the test cache)', () => {
  const files = kernels[0]?.modules().filter((file, index) => index % 8 === 0 && file.endsWith('.ko')) ?? [];

  test('are refused on the base of every other kernel, and read on their own', () => {
    const bases = kernels.map(({ name, btf }) => ({ name, btf: parseBtf(name, readFileSync(btf)) }));
    const wrong: string[] = [];
    for (const file of files) {
      const module = readModuleFile(file, readFileSync(file));
      for (const { name, btf } of bases) {
        const refused = refusal(() => parseModuleBtf(module, btf));
        if (refused !== (name !== '6.1')) wrong.push(`${file} on ${name}: ${refused ? 'refused' : 'read'}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(files.length).toBeGreaterThan(400);
  });
});

function refusal(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}
