// Files that mean harm, lie about their size, never end or are gone: what `btfly index` and a catalog's readers say, and what they cost.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeAr, writeTar } from '../help/archivewriter.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { built, Cli, root } from '../help/cli.ts';
import { runningBtf } from '../help/kernels.ts';
import { scratchFolder, writeTree } from '../help/scratch.ts';

const folder = scratchFolder();
const cli = new Cli(folder);

beforeAll(() => {
  built();
});

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes);
  return name;
}

/** `index` of sources that are no good says why, once, and makes no catalog. */
function refused(...sources: string[]): string {
  const db = join(folder, 'nothing.db');
  const { stdout, stderr, status } = cli.run(['index', ...sources], { env: { BTFLY_DB: db } });
  expect([stdout, status]).toEqual(['', 1]);
  if (existsSync(db)) expect(cli.run(['kernels'], { env: { BTFLY_DB: db } }).stdout).toMatch(/^The catalog is empty\./);
  return stderr;
}

/** A header of tar with a size of one's own. */
function entry(path: string, size: string | Uint8Array): Buffer {
  const header = Buffer.from(writeTar({ [path]: '' }).subarray(0, 512));
  header.fill(0, 124, 136);
  header.set(Buffer.from(size), 124);
  header.write('        ', 148);
  header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A member of an ar archive that says another size of itself. */
function resized(archive: Buffer, name: string, size: string): Buffer {
  archive.write(size.padEnd(10), archive.indexOf(name) + 48, 'latin1');
  return archive;
}

const deb = (tar: Uint8Array): Buffer => writeAr({ 'debian-binary': '2.0\n', 'data.tar.gz': gzipSync(tar) });
const module = './lib/modules/6.1.0/kernel/a.ko';

describe('sizes that lie', () => {
  test.each<[string, Uint8Array, string | RegExp]>([
    ['a member of a package that is longer than the file', resized(deb(writeTar({})), 'data.tar.gz', '999999999'), /^ERROR: lie\.deb: at byte \d+: 9999999\d\d bytes wanted, the data ends here$/],
    ['a member of less than nothing', resized(writeAr({ 'data.tar': '1234' }), 'data.tar', '-4'), 'ERROR: lie.deb: at byte 8: not the header of an ar member'],
    ['an entry of eight gigabytes', deb(entry(module, `${(8e9).toString(8)}\0`)), 'ERROR: lie.deb: at byte 512: 8000000000 bytes wanted, the data ends here'],
    ['an entry of a size in 95 bits', deb(entry(module, Buffer.from(`80${'ff'.repeat(11)}`, 'hex'))), 'ERROR: lie.deb: at byte 124: an entry of 8 GiB or more, or without a size'],
    ['an entry of less than nothing', deb(entry(module, Buffer.alloc(12, 0xff))), 'ERROR: lie.deb: at byte 124: an entry of 8 GiB or more, or without a size'],
    ['an entry whose size is no number', deb(entry(module, 'zzzzzzzzzzz\0')), 'ERROR: lie.deb: at byte 124: an entry of 8 GiB or more, or without a size'],
  ])('%s', (_, bytes, message) => {
    expect(refused(file('lie.deb', bytes)).split('\n')[0]).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });
});

/** Megabytes that an index had in memory at most. */
function mostMemory(source: string): { readonly stderr: string; readonly megabytes: number } {
  const tell = "data:text/javascript,process.on('exit', () => console.error('\\npeak', process.resourceUsage().maxRSS))";
  const { stderr, status } = cli.run(['index', source], { env: { NODE_OPTIONS: `--import="${tell}"`, BTFLY_DB: join(folder, 'bomb.db') } });
  expect(status).toBe(1);
  return { stderr, megabytes: Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024 };
}

describe('what is more when it is unpacked', () => {
  const zeros = gzipSync(Buffer.alloc(100 << 20), { level: 1 });

  test('than any image, is not unpacked further', () => {
    const elf = gzipSync(Buffer.concat([Buffer.from('7f454c460201010000', 'hex'), Buffer.alloc(1 << 20)]));
    const { stderr, megabytes } = mostMemory(file('elf.gz', Buffer.concat([elf, ...Array.from({ length: 60 }, () => zeros)])));
    expect(stderr).toContain('ERROR: elf.gz: at byte 0: unpacked it has more than 1073741824 bytes\n');
    expect(megabytes).toBeLessThan(1_400);
  });

  test('than it looks, and nothing of a kernel, is not unpacked at all', () => {
    const { stderr, megabytes } = mostMemory(file('zeros.gz', Buffer.concat(Array.from({ length: 60 }, () => zeros))));
    expect(stderr).toContain('ERROR: zeros.gz: at byte 0: nothing of a kernel');
    expect(megabytes).toBeLessThan(200);
  });

  test('an archive of empty files', () => {
    const { stderr, megabytes } = mostMemory(file('many.deb', deb(Buffer.concat(Array.from({ length: 50_000 }, () => entry('./usr/share/x', '00000000000\0'))))));
    expect(stderr).toContain("ERROR: 'many.deb' has nothing of a kernel");
    expect(megabytes).toBeLessThan(250);
  });
});

describe('what is no file', () => {
  test('pipes and devices among the files of a folder are gone past', () => {
    const odd = join(folder, 'odd');
    writeTree(odd, { '/vmlinux': kernel(), '/sub/README': 'text' });
    execFileSync('mkfifo', [join(odd, 'pipe.ko')]);
    symlinkSync('/dev/zero', join(odd, 'zero.ko'));
    symlinkSync('loop', join(odd, 'loop'));
    symlinkSync('.', join(odd, 'self'));
    symlinkSync('../sub', join(odd, 'sub/up'));
    symlinkSync('/nonesuch', join(odd, 'dangling.ko'));
    const { stdout, stderr, status } = cli.run(['index', 'odd', '--db', 'odd.db']);
    expect([stdout, stderr, status]).toEqual(['vmlinux: 2 types, in odd.db\n', '', 0]);
  });

  test.each<[string, string]>([
    ['/nonesuch', "ERROR: cannot read '/nonesuch': ENOENT\n"],
    ['/dev/zero', "ERROR: '/dev/zero' is neither a file nor a folder\n"],
    ['odd/loop', "ERROR: cannot read 'odd/loop': ELOOP\n"],
    ['odd/pipe.ko', "ERROR: 'odd/pipe.ko' is neither a file nor a folder\n"],
    ['odd/sub', "ERROR: 'odd/sub' has nothing of a kernel: no image, no modules, no BTF, no symbols, no tracefs\n"],
  ])('%s', (path, message) => {
    expect(refused(path)).toBe(message);
  });

  test('beside a kernel: that one is read', () => {
    const { stdout, stderr, status } = cli.run(['index', 'odd/loop', 'odd/vmlinux', '--db', 'beside.db']);
    expect([stdout, stderr, status]).toEqual(['vmlinux: 2 types, in beside.db\n', "ERROR: cannot read 'odd/loop': ELOOP\n", 1]);
  });

  test('an empty file', () => {
    expect(refused(file('empty', ''))).toMatch(/^ERROR: empty: at byte 0: nothing of a kernel: /);
  });

  test('files that are gone, or shorter, when their turn comes', async () => {
    const modules = join(folder, 'going');
    const all = Array.from({ length: 300 }, (_, at) => [`/m${String(at).padStart(3, '0')}.btf`, kernel(`t${at}`)] as const);
    writeTree(modules, Object.fromEntries(all));
    const run = cli.start(['index', ...all.map(([name]) => `going${name}`), '--db', 'going.db', '--json']);
    const told: string[] = [];
    run.stdout.on('data', (data: Buffer) => told.push(data.toString()));
    const over = once(run, 'exit');
    // Whichever of them it has come to.
    await sleep(60);
    for (const [name] of all.slice(100, 200)) rmSync(join(modules, name));
    for (const [name] of all.slice(200)) truncateSync(join(modules, name), 30);
    const [status] = await over;
    const { kernels, failed } = JSON.parse(told.join('')) as { kernels: unknown[]; failed: { error: string }[] };
    expect(kernels.length + failed.length).toBe(300);
    expect(kernels.length).toBeGreaterThanOrEqual(100);
    expect(status).toBe(failed.length === 0 ? 0 : 1);
    expect(cli.run(['kernels', '--db', 'going.db', '--json']).stdout.match(/"id":/g)).toHaveLength(kernels.length);
  });
});

describe('a catalog that is none', () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ['noise', (path) => { writeFileSync(path, Buffer.alloc(5000, 'noise')); }, /^ERROR: .*noise\.db: at byte 0: not a catalog\n$/],
    ['a folder', (path) => { mkdirSync(path); }, /^ERROR: .*a folder\.db: a folder, not a catalog\nHINT: --db FILE names another catalog\n$/],
    ['half a catalog', (path) => { cli.run(['index', 'odd/vmlinux', '--db', path]); truncateSync(path, statSync(path).size / 2 & ~8191); }, /^ERROR: .*half a catalog\.db: at byte 0: the catalog is damaged: remove it and index again\n$/],
  ])('%s', (name, make, message) => {
    const path = join(folder, `${name}.db`);
    make(path);
    const { stdout, stderr, status } = cli.run(['struct', 'sock', '--db', path]);
    expect([stdout, status]).toEqual(['', 1]);
    expect(stderr).toMatch(message);
  });

  test.skipIf(runningBtf() === undefined)('an empty file is filled', () => {
    expect(cli.run(['struct', 'list_head', '--db', file('zero.db', '')]).stdout).toMatch(/^struct list_head \{/);
  });
});

test.skipIf(runningBtf() === undefined)('of three that index at once into one catalog one is killed: the others end well', async () => {
  const index = (name: string): { readonly over: Promise<unknown[]>; readonly kill: () => void } => {
    const words = [join(root, 'bin/btfly'), 'index', '/sys/kernel/btf/vmlinux', '--force', '--name', name, '--db', join(folder, 'three.db')];
    const child = spawn(process.execPath, words, { stdio: 'ignore', env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined } });
    return { over: once(child, 'exit'), kill: () => { child.kill('SIGKILL'); } };
  };
  for (const wait of [300, 900, 1500]) {
    const all = ['one', 'two', 'three'].map(index);
    await sleep(wait);
    all[1]?.kill();
    const [one, , three] = await Promise.all(all.map(({ over }) => over));
    expect([one, three]).toEqual([[0, null], [0, null]]);
    // They are one kernel, which has the name that it was given last.
    const names = (JSON.parse(cli.run(['kernels', '--db', 'three.db', '--json']).stdout) as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual([expect.stringMatching(/^(one|two|three)$/)]);
    expect(cli.run(['struct', 'list_head', '--db', 'three.db']).stdout).toMatch(/^struct list_head \{/);
  }
}, 60_000);

/** BTF of four types. */
function kernel(name = 'x'): Uint8Array {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  btf.struct(name, 4, [{ name: 'a', type: int, offset: 0 }]);
  btf.ptr(2);
  btf.typedef(`${name}_t`, 2);
  return btf.bytes();
}
