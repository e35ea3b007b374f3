// Which kernel a word means: `--kernel 6.1`.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelCalled } from '../../src/app/called.ts';
import { UsageError } from '../../src/base/errors.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
const one = join(folder, 'one.db');
const two = join(folder, 'two.db');

let size = 0;

async function add(catalog: string, release: string): Promise<void> {
  // Each has BTF of its own: equal ones would be one kernel.
  await fakeKernel(scratchFolder(), { types: (btf) => { btf.struct('one', ++size, []); }, release, catalog });
}

for (const release of ['6.1.0-56-amd64', '6.12.107+deb13-amd64', '6.12.107+deb13-rt-amd64', '6.10.1-amd64']) await add(one, release);
for (const release of ['6.12', '7.2.9-amd64', '7.2']) await add(two, release);

const called = (paths: readonly string[], text: string): string => {
  const { catalog, kernel } = kernelCalled(paths, text);
  catalog.close();
  return `${catalog.path === one ? 'one' : 'two'}: ${kernel.name}`;
};

test.each([
  ['6.1', 'one: 6.1.0-56-amd64'],
  ['6.1.0', 'one: 6.1.0-56-amd64'],
  ['6.1.0-56', 'one: 6.1.0-56-amd64'],
  ['6.1.0-56-amd64', 'one: 6.1.0-56-amd64'],
  ['6.10', 'one: 6.10.1-amd64'],
  ['6.12.107+deb13-amd', undefined],
  ['6.12.107+deb13-rt', 'one: 6.12.107+deb13-rt-amd64'],
  ['2', 'one: 6.12.107+deb13-amd64'],
  ['6.1.0-5', undefined],
  ['6.1.0-56-', undefined],
  ['', undefined],
])('%s in one catalog', (text, expected) => {
  if (expected === undefined) expect(() => called([one], text)).toThrow(UsageError);
  else expect(called([one], text)).toBe(expected);
});

describe('over two catalogs', () => {
  test.each([
    ['6.1', 'one: 6.1.0-56-amd64'],
    ['6.12', 'two: 6.12'],
    ['7.2', 'two: 7.2'],
    ['7.2.9', 'two: 7.2.9-amd64'],
  ])('%s', (text, expected) => { expect(called([one, two], text)).toBe(expected); });

  test('what may mean several names them', () => {
    expect(refusal([one], '6.12')).toEqual({ message: "'6.12' may mean several kernels", hint: 'they are: 2: 6.12.107+deb13-amd64, 3: 6.12.107+deb13-rt-amd64' });
    expect(refusal([one, two], '6')).toEqual({ message: "'6' may mean several kernels", hint: expect.stringContaining(`4: 6.10.1-amd64 in ${one}`) as string });
  });

  test('what means none names those that there are', () => {
    expect(refusal([two], '5')).toEqual({ message: "no kernel '5' in the catalog", hint: 'there are: 3: 7.2, 2: 7.2.9-amd64, 1: 6.12' });
    expect(refusal([join(folder, 'none.db')], '5')).toEqual({ message: "no kernel '5' in the catalog", hint: 'the catalog is empty: btfly index FILE reads a kernel into it' });
  });
});

function refusal(paths: readonly string[], text: string): object {
  try {
    return { found: called(paths, text) };
  } catch (error) {
    if (error instanceof UsageError) return { message: error.message, hint: error.hint };
    throw error;
  }
}
