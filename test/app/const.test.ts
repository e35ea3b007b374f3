import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { constantsIn } from '../../src/app/const.ts';
import { ingestHeaders } from '../../src/index/headers.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type KernelInfo } from '../../src/index/reader.ts';
import type { Macro } from '../../src/source/headers/facts.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { at, enumeration, struct, u64 } from '../help/ctypes.ts';
import { headerFacts } from '../help/headerfacts.ts';
import { scratchFolder } from '../help/scratch.ts';

const path = join(scratchFolder(), 'catalog.db');

const integer = (name: string, value: bigint): Macro => ({ kind: 'integer', name, file: '/src/include/linux/a.h', line: 1, value, type: { size: 8, signed: false } });

const macros: readonly Macro[] = [
  integer('AF_INET', 2n), integer('AF_OWN', 46n), integer('ALL', 2n ** 64n - 1n), integer('LOW', -2n), integer('LOWEST', -(2n ** 40n)),
  { kind: 'string', name: 'UTS_RELEASE', file: '/src/include/generated/utsrelease.h', line: 1, text: '6.1.0 "x"' },
  { kind: 'function', name: 'MAJOR', file: '/src/include/linux/kdev_t.h', line: 1, params: ['dev'], body: '((unsigned int) ((dev) >> 20))' },
  { kind: 'alias', name: 'sk_family', file: '/src/include/net/sock.h', line: 1, path: '__sk_common.skc_family', records: ['struct sock'] },
];

const kernels: { own?: KernelInfo | undefined; other?: KernelInfo | undefined } = {};

beforeAll(async () => {
  const btf = new BtfWriter();
  btf.enum('state', { TCP_ESTABLISHED: 1, TCP_MINUS: -1 }, { signed: true });
  btf.enum('', { LONE: 4 });
  await ingestFile('vmlinux-6.1.0', btf.bytes(), { path });
  const facts = headerFacts([struct('a', 8, at(0, 'x', u64)), enumeration('state', { TCP_ESTABLISHED: 1 }), enumeration('more', { IN_HEADERS: 9 })], macros);
  await ingestHeaders({ origin: 'headers', release: '6.1.0', arch: 'x86_64', digest: '', roots: ['/src/include'], load: () => facts }, { path });
  await ingestFile('vmlinux-6.2.0', new BtfWriter().bytes(), { path, name: 'other' });
  const catalog = openCatalog(path);
  kernels.own = catalog?.findKernel({ text: '6.1.0' });
  kernels.other = catalog?.findKernel({ text: 'other' });
});

const text = (which: 'own' | 'other', name: string): string => {
  const kernel = kernels[which];
  if (kernel === undefined) throw new Error('no kernel');
  return constantsIn(path, kernel, name).text();
};

describe('text', () => {
  it.each([
    ['AF_INET', '#define AF_INET 2 /* 0x2, <linux/a.h> */\n'],
    ['ALL', '#define ALL 18446744073709551615 /* 0xffffffffffffffff, <linux/a.h> */\n'],
    ['LOW', '#define LOW -2 /* 0xfffffffe, <linux/a.h> */\n'],
    ['LOWEST', '#define LOWEST -1099511627776 /* 0xffffff0000000000, <linux/a.h> */\n'],
    ['UTS_RELEASE', '#define UTS_RELEASE "6.1.0 \\"x\\"" /* <generated/utsrelease.h> */\n'],
    ['MAJOR', '#define MAJOR(dev) ((unsigned int) ((dev) >> 20)) /* <linux/kdev_t.h> */\n'],
    ['sk_family', '#define sk_family __sk_common.skc_family /* a member, <net/sock.h> */\n'],
    ['TCP_ESTABLISHED', 'TCP_ESTABLISHED = 1 /* 0x1, enum state */\n'],
    ['TCP_MINUS', 'TCP_MINUS = -1 /* 0xffffffff, enum state */\n'],
    ['LONE', 'LONE = 4 /* 0x4, an enum without a name */\n'],
    ['IN_HEADERS', 'IN_HEADERS = 9 /* 0x9, enum more in headers */\n'],
    ['AF_[IO][NW][EN]*', '#define AF_INET 2 /* 0x2, <linux/a.h> */\n#define AF_INET6 10 /* 0xa, <linux/socket.h> of other headers */\n#define AF_OWN 46 /* 0x2e, <linux/a.h> */\n'],
  ])('%s', (name, wanted) => {
    expect(text('own', name)).toBe(wanted);
  });

  it('of a kernel whose headers are not there', () => {
    expect(text('other', 'AF_INET')).toBe('#define AF_INET 2 /* 0x2, <linux/socket.h> of other headers */\n');
    expect(text('other', 'sk_family')).toBe('#define sk_family __sk_common.skc_family /* a member, <net/sock.h> of other headers */\n');
  });
});

it('JSON', () => {
  if (kernels.own === undefined) throw new Error('no kernel');
  expect(JSON.parse(constantsIn(path, kernels.own, '*_INET').json())).toEqual([
    { what: 'macro', own: true, name: 'AF_INET', header: 'linux/a.h', kind: 'integer', value: 2, hex: '0x2' },
    { what: 'macro', own: false, name: 'PF_INET', header: 'linux/socket.h', kind: 'integer', value: 2, hex: '0x2' },
  ]);
  expect(JSON.parse(constantsIn(path, kernels.own, 'ALL').json())).toMatchObject([{ value: '18446744073709551615' }]);
});

it.each([
  ['own', 'AF_INTE', 'no macro and no enumerator is called AF_INTE', /^near it: AF_INET/],
  ['other', 'zzz_nothing', 'no macro and no enumerator is called zzz_nothing', /^the headers of other are not in the catalog: btfly index --headers DIR$/],
] as const)('%s has no %s', (which, name, message, hint) => {
  try {
    text(which, name);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ message, hint: expect.stringMatching(hint) as string });
  }
});
