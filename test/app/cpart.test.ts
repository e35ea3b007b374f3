// The C of scripts with headers of the machine: folders of -I, the kernel's own tree, what is kept of both.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openC, type CPlace } from '../../src/app/cpart.ts';
import type { CPart } from '../../src/ctype/cpart.ts';
import { cachedHeaders } from '../help/headerpackages.ts';
import { memoryTypes } from '../help/memorytypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const known = memoryTypes({ definitions: [] });
const scratch = scratchFolder();
const place: CPlace = { directories: [], arch: 'x86_64', headers: undefined, known: 'test', cache: undefined };

async function part(text: string, given: Partial<CPlace>): Promise<CPart> {
  return (await openC({ ...place, ...given }, text))({ text, known, defines: ['BPFTRACE_HAVE_BTF'] });
}

function sizeOf(read: CPart, name: string): number | undefined {
  return read.types(known).find('struct', name)[0]?.size;
}

describe('folders of -I', () => {
  const folder = join(scratch, 'include');
  beforeAll(() => {
    mkdirSync(join(folder, 'in'), { recursive: true });
    writeFileSync(join(folder, 'a.h'), '#include <in/b.h>\nstruct a { struct b b[N]; };\n');
    writeFileSync(join(folder, 'in/b.h'), '#define N 3\nstruct b { int x; } __attribute__((packed, aligned(8)));\n');
  });

  test('are looked into', async () => {
    const read = await part('#include <a.h>\nstruct c { struct a a[N]; };\n', { directories: [`${folder}/`] });
    expect(read.problems).toEqual([]);
    expect(['a', 'b', 'c'].map((name) => sizeOf(read, name))).toEqual([24, 8, 72]);
    expect((await part('#include <a.h>\n', {})).problems).toMatchObject([{ missing: true, line: 1, headers: [] }]);
  });

  test('what was read is kept until a header changes', async () => {
    const cache = join(scratch, 'cache');
    const read = async (name: string): Promise<number | undefined> => sizeOf(await part('#include <a.h>\n', { directories: [folder], cache }), name);
    expect([await read('a'), await read('a')]).toEqual([24, 24]);
    const [kept] = readdirSync(cache);
    expect(readdirSync(cache)).toHaveLength(1);
    writeFileSync(join(folder, 'in/b.h'), '#define N 4\nstruct b { int x; } __attribute__((packed, aligned(8)));\n');
    utimesSync(join(folder, 'in/b.h'), 1, 1);
    expect([await read('a'), await read('a')]).toEqual([32, 32]);
    expect(readdirSync(cache)).toEqual([kept]);
  });

  test('what is known of another kernel is kept apart', async () => {
    const cache = join(scratch, 'apart');
    for (const name of ['one', 'other', 'one']) await part('#include <a.h>\n', { directories: [folder], cache, known: name });
    expect(readdirSync(cache)).toHaveLength(2);
  });
});

test('headers that are not configured are said to be of no use', async () => {
  const headers = join(scratch, 'bare');
  mkdirSync(join(headers, 'include/linux'), { recursive: true });
  writeFileSync(join(headers, 'include/linux/kconfig.h'), '');
  const { problems } = await part('#include <linux/fs.h>\nstruct a { int x; };\n', { headers });
  expect(problems[0]).toMatchObject({ severity: 'warning', line: 1, message: expect.stringMatching(/^the kernel's headers are not used: .*is not configured/) as string });
});

const packages = cachedHeaders().find(({ series }) => series === '6.1')?.build;

describe.skipIf(packages === undefined)('the headers of a kernel (needs Debian\'s, in the test cache)', () => {
  test('are read as kbuild reads them', async () => {
    const cache = join(scratch, 'kernel');
    const text = '#include <net/sock.h>\nstruct mine { struct sock s; };\nstruct sk_buff_head { long x; };\n';
    const first = await part(text, { headers: packages, cache });
    const second = await part(text, { headers: packages, cache });
    for (const read of [first, second]) {
      expect(read.problems.map(({ line, message }) => [line, message])).toEqual([[3, "'struct sk_buff_head' is not what its header has; this one counts"]]);
      expect(['sock', 'mine', 'sk_buff_head'].map((name) => sizeOf(read, name))).toEqual([776, 776, 8]);
      expect(read.types(known).constant('AF_INET6')?.value).toBe(10n);
      expect(read.types(known).memberAliases('sk_family')).toEqual(['__sk_common.skc_family']);
      expect(read.definitions.map(({ name }) => name)).toEqual(['mine', 'sk_buff_head']);
    }
  });
});
