import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkKernels, type CheckedKernel } from '../../src/app/checkkernels.ts';
import { UsageError } from '../../src/base/errors.ts';
import { SourceText } from '../../src/base/span.ts';
import type { BtfWriter } from '../help/btfwriter.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const db = join(scratchFolder(), 'catalog.db');

/** A socket whose mark is called so, and a function that takes it; types that are the same are the same kernel. */
function socket(release: string, mark: string): (btf: BtfWriter) => void {
  return (btf) => {
    btf.struct(`of_${release}`, 0, []);
    const int = btf.int('int', 4, 1);
    btf.func('send', btf.proto(int, [['sk', btf.ptr(btf.struct('sock', 8, [{ name: 'state', type: int, offset: 0 }, { name: mark, type: int, offset: 32 }]))]]));
  };
}

const kernels = { '6.12.3-b': 'mark', '6.2.0-a': 'sk_mark', '6.12.20-b': 'mark' };
for (const [release, mark] of Object.entries(kernels)) await fakeKernel(scratchFolder(), { types: socket(release, mark), symbols: ['send'], traceable: ['send'], release, catalog: db });

async function check(glob: string, text: string): Promise<readonly CheckedKernel[]> {
  const request = { source: new SourceText('script.bt', text), positional: [], named: new Map<string, string>(), includeDirectories: [], openC: () => Promise.reject(new Error('no C here')), unsafe: false };
  const found: CheckedKernel[] = [];
  for await (const each of checkKernels(glob, request, { db })) found.push(each);
  return found;
}

const verdicts = async (glob: string, text: string) => (await check(glob, text)).map(({ name, works, diagnostics }) => [name, works, ...diagnostics.map(({ message }) => message)]);

test('a script is compiled for each kernel, in order of the numbers in their names', async () => {
  expect(await verdicts('*', 'kprobe:send { @ = args.sk->state; }')).toEqual([['6.2.0-a', true], ['6.12.3-b', true], ['6.12.20-b', true]]);
});

test('what is wrong is said of those kernels that it is wrong on', async () => {
  const missing = "Struct/union of type 'struct sock' does not contain a field named 'mark'";
  expect(await verdicts('*', 'kprobe:send { @ = args.sk->mark; }')).toEqual([['6.2.0-a', false, missing], ['6.12.3-b', true], ['6.12.20-b', true]]);
});

test('only kernels that are called so', async () => {
  expect(await verdicts('6.12.?-*', 'BEGIN { }')).toEqual([['6.12.3-b', true]]);
  expect(await verdicts('*-[ab]', 'BEGIN { }')).toHaveLength(3);
});

describe('refusals', () => {
  test('no kernel is called so', async () => {
    await expect(check('5.*', 'BEGIN { }')).rejects.toThrow(new UsageError("no kernel of the catalog is called like '5.*'", 'there are: 6.12.20-b, 6.2.0-a, 6.12.3-b'));
  });

  test('a script that is not one', async () => {
    expect(await check('*', 'kprobe:send {')).toMatchObject([{ works: false }, { works: false }, { works: false }]);
  });
});
