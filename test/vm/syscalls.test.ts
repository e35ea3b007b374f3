// What system calls are given, by name, out of the registers behind the argument of their entry functions. The catalog is made of the image, on another machine.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { kernel } from './kernels.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { root } from './paths.ts';
import { quote } from './quote.ts';

const btfly = join(root, 'bin/btfly');

describe.skipIf(inject('vmMissing') !== '').each(['6.1', '6.12'] as const)('%s', (series) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await boot(kernel(series));
    execFileSync(btfly, ['index', '--db', join(machine.folder, 'catalog.db'), kernel(series).vmlinuz], { stdio: ['ignore', 'ignore', 'pipe'] });
    await machine.run('cp /job/catalog.db /tmp');
  });
  afterAll(async () => { await machine.close(); });

  test.each([
    ['kprobe:__x64_sys_openat /str(args.filename) == "/etc/no_such_file"/ { printf("%d %s %x %o\\n", args.dfd, str(args.filename), args.flags, args.mode); }',
      'perl -e \'syscall(257, -100, my $file = "/etc/no_such_file", 0x20000, 0640)\'', '-100 /etc/no_such_file 20000 640\n'],
    ['fentry:__x64_sys_openat /str(args.filename) == "/etc/no_such_file"/ { printf("%d %s\\n", args.dfd, str(args.filename)); }',
      'perl -e \'open(F, "<", "/etc/no_such_file")\'', '-100 /etc/no_such_file\n'],
    // The fourth is in r10.
    ['kprobe:__x64_sys_pwrite64 { printf("%d %s %d %d\\n", args.fd, str(args.buf, args.count + 1), args.count, args.pos); }',
      'perl -e \'open(F, ">", "/tmp/out"); syscall(18, fileno(F), my $text = "hello", 5, 12345)\'', '3 hello 5 12345\n'],
  ])('%s', async (script, command, expected) => {
    const ran = await machine.run(`${quote(btfly)} --db /tmp/catalog.db -e ${quote(script)} -c ${quote(command)}`, { timeoutMs: 280_000 });
    expect(ran).toMatchObject({ status: 0, stdout: `${expected}\n\n` });
  });
});
