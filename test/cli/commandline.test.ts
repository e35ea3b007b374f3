// The command line as it is typed: words → what is printed and the exit status. The built bundles run as child processes.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../help/scratch.ts';

const root = resolve(import.meta.dirname, '../..');
const btfly = join(root, 'bin/btfly');
const isRoot = process.getuid?.() === 0;
const folder = scratchFolder();
const db = join(folder, 'catalog.db');

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** In a mount namespace of its own, where tracefs is mounted; `wrapper` stands in front of the command. */
function run(args: readonly string[], options: { readonly input?: string; readonly wrapper?: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly mounts?: string } = {}): Ran {
  const environment = { ...process.env };
  delete environment['NODE_EXTRA_CA_CERTS'];
  const words = [...(options.wrapper ?? []), process.execPath, btfly, ...args];
  const mounts = options.mounts ?? 'mount -t tracefs none /sys/kernel/tracing';
  const command = isRoot ? ['unshare', '-m', 'sh', '-c', `${mounts}; exec "$@"`, 'sh', ...words] : words;
  const { stdout, stderr, status } = spawnSync(command[0] ?? '', command.slice(1), {
    cwd: folder, encoding: 'utf8', input: options.input ?? '', timeout: 50_000, env: { ...environment, BTFLY_DB: db, ...options.env },
  });
  return { stdout, stderr, status };
}

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'bin/build.mjs'), '--bundle']);
  expect(run(['index']).status).toBe(0);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'two.bt'), '#!/usr/bin/env btfly\nBEGIN { printf("%d %s %d\\n", $1, str($2), $#); exit(); }\n', { mode: 0o755 });
  copyFileSync(join(folder, 'two.bt'), join(folder, 'struct'));
});

describe('words', () => {
  test.each<[readonly string[], Partial<{ stdout: RegExp; stderr: RegExp; status: number }>]>([
    [['-V'], { stdout: /^btfly v\d+\.\d+\.\d+\n$/, status: 0 }],
    [['--help'], { stdout: /^Usage: btfly \[options\] FILE[^]*-e <program>[^]*Commands \(each has --help\):\n {2}struct/, status: 0 }],
    [[], { stderr: /^Usage: btfly/, status: 1 }],
    [['--bogus'], { stderr: /^ERROR: unknown option '--bogus'\n/, status: 1 }],
    [['missing.bt'], { stderr: /^ERROR: failed to open file 'missing\.bt': No such file or directory\n$/, status: 1 }],
    [['-p', '1', '-c', 'true', '-e', 'BEGIN {}'], { stderr: /^ERROR: Cannot use both -c and -p\.\n$/, status: 1 }],
    [['-l', 'missing.bt'], { stderr: /^WARNING: It appears that 'missing\.bt' is a filename but the file does not exist\. Treating 'missing\.bt' as a search pattern\.\n/, status: 1 }],
    [['check', '-e', 'BEGIN { $x = foo; y(); }'], { stderr: /^stdin:1:14-17: ERROR: Unknown identifier: 'foo'\n.*\n {13}~~~\nstdin:1:19-22: ERROR: Unknown function: 'y'\n/, status: 1 }],
    [['check', '-e', 'BEGIN {\n\t@ = nothing;\n}'], { stderr: /^stdin:2:6-13: ERROR: .*\n\t@ = nothing;\n\t {4}~{7}\n/, status: 1 }],
    [['-e', 'BEGIN { system("true"); }'], { stderr: /unsafe/, status: 1 }],
    [['-d', 'asm', '-e', 'k:vfs_read { @ = count(); }'], { stdout: /^; kprobe:vfs_read\n[^]*call bpf_map_lookup_elem#1\n[^]*exit\n/, status: 0 }],
    [['-d', 'ast', '-e', 'BEGIN { @ = 1; }'], { stdout: /@/, status: 0 }],
    [['-l', '-e', 'k:vfs_read { @ = 1; } BEGIN { }'], { stdout: /^kprobe:vfs_read\n$/, status: 0 }],
  ])('btfly %j', (args, expected) => {
    const ran = run(args);
    if (expected.stdout) expect(ran.stdout).toMatch(expected.stdout);
    if (expected.stderr) expect(ran.stderr).toMatch(expected.stderr);
    expect(ran.status).toBe(expected.status);
  });
});

describe('the catalog answers', () => {
  test('a listing', () => {
    const lines = run(['-vl', 't:timer:hrtimer_start']).stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual(['tracepoint:timer:hrtimer_start', '    void * hrtimer', '    void * function']);
  });

  test('a layout, and its JSON', () => {
    const text = run(['struct', 'list_head']).stdout;
    expect(text).toBe(
      'struct list_head {\n\tstruct list_head *         next;                 /*     0     8 */\n\tstruct list_head *         prev;                 /*     8     8 */\n\n\t/* size: 16, cachelines: 1, members: 2 */\n\t/* last cacheline: 16 bytes */\n};\n',
    );
    const sock = JSON.parse(run(['struct', 'sock_common', '--json']).stdout) as { readonly kind: string; readonly size: number; readonly members: readonly { readonly name: string | null; readonly offset: number; readonly bitOffset?: number; readonly members?: readonly object[] }[] };
    expect(sock).toMatchObject({ kind: 'struct', name: 'sock_common', image: 'vmlinux', variant: 1, variants: 1 });
    expect(sock.members[0]).toMatchObject({ name: null, type: 'union {...}', offset: 0, size: 8, members: [{ name: 'skc_addrpair' }, { name: null, type: 'struct {...}' }] });
    const bits = sock.members.filter((member) => member.bitOffset !== undefined);
    expect(bits.length).toBeGreaterThan(3);
    expect(bits.every((member) => member.offset === Math.floor((member.bitOffset ?? 0) / 8))).toBe(true);
  });

  test('a member', () => {
    expect(run(['struct', 'sock.__sk_common.skc_daddr']).stdout).toContain('/* type: __be32, offset: 0, size: 4 */');
  });

  test('a name that is not there', () => {
    expect(run(['struct', 'tsk_struct'])).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: no struct is called tsk_struct\nHINT: near it: task_struct/) as string, status: 1 });
  });

  test.skipIf(!isRoot)('nobody, without rights, and without a word about them', () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    expect(run(['-l', 'kprobe:vfs_read'], { wrapper: nobody })).toEqual({ stdout: 'kprobe:vfs_read\n', stderr: '', status: 0 });
    expect(run(['check', '-e', 'k:vfs_read { @[comm] = count(); }'], { wrapper: nobody })).toEqual({ stdout: '', stderr: '', status: 0 });
  });

  test('BTF that is cut off', () => {
    writeFileSync(join(folder, 'cut.btf'), Buffer.from('9feb01001800000000000000ff0000', 'hex'));
    expect(run(['index', 'cut.btf'])).toMatchObject({ stderr: expect.stringMatching(/^ERROR: cut\.btf/) as string, status: 1 });
  });
});

describe.skipIf(!isRoot)('running (needs root)', () => {
  test.each<[readonly string[], string, number, string?]>([
    [['two.bt', '42', 'hello'], '42 hello 2\n\n\n', 0],
    [['two.bt', '-q', '42', 'hello'], '42 hello 2\n\n\n', 0],
    [['./struct', '1', 'two'], '1 two 2\n\n\n', 0],
    [['-'], 'in\n\n\n', 3, 'BEGIN { printf("in\\n"); exit(3); }'],
    [['-e', 'BEGIN { printf("%s\\n", comm); exit(); } END { printf("end\\n"); }'], 'btfly\nend\n\n\n', 0],
    [['-f', 'json', '-q', '-e', 'BEGIN { @a = hist(5); @b[1, "x y"] = count(); @s = stats(4); printf("q %d\\n", 1); exit(); }'],
      '{"type": "printf", "data": "q 1\\n"}\n{"type": "hist", "data": {"@a": [{"min": 4, "max": 7, "count": 1}]}}\n{"type": "map", "data": {"@b": {"1,xy": 1}}}\n{"type": "stats", "data": {"@s": {"count": 1, "average": 4, "total": 4}}}\n', 0],
  ])('btfly %j', (args, stdout, status, input) => {
    const ran = run(args, input === undefined ? {} : { input });
    expect(ran.stdout).toBe(stdout);
    expect(ran.status).toBe(status);
  });

  test('as the interpreter of a script', () => {
    const found = spawnSync(join(folder, 'two.bt'), ['7', 'x'], { encoding: 'utf8', env: { ...process.env, BTFLY_DB: db, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` } });
    expect(found.stdout).toBe('7 x 2\n\n\n');
  });

  test('-c runs a command and ends with it', () => {
    const ran = run(['-c', '/bin/true', '-e', 't:syscalls:sys_enter_exit_group /pid == cpid/ { printf("%d\\n", args.error_code); }']);
    expect(ran.stdout).toBe('0\n\n\n');
  });

  test('CAP_BPF and CAP_PERFMON suffice', () => {
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all,+bpf,+perfmon', '--ambient-caps=-all,+bpf,+perfmon', '--bounding-set=-all,+bpf,+perfmon'];
    expect(run(['-e', 'BEGIN { printf("ran\\n"); exit(); }'], { wrapper })).toMatchObject({ stdout: 'ran\n\n\n', status: 0 });
  });

  test('without them one line says what is missing', () => {
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const ran = run(['-e', 'BEGIN { exit(); }'], { wrapper });
    expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: tracing needs CAP_BPF and CAP_PERFMON, this process lacks CAP_BPF and CAP_PERFMON .*\nHINT: /) as string, status: 1 });
  });

  test('no tracefs: said, with the way out', () => {
    const ran = run(['-e', 't:sched:sched_switch /pid == 1/ { @ = count(); }'], { mounts: 'true' });
    expect(ran.stderr).toMatch(/tracefs/);
    expect(ran.stderr).toMatch(/HINT: .*mount/);
    expect(ran.status).toBe(1);
  });

  test('no BTF: said, with the ways out', () => {
    const ran = run(['-e', 'BEGIN { exit(); }'], { mounts: 'mount -t tmpfs none /sys/kernel/btf', env: { BTFLY_DB: join(folder, 'none.db') } });
    expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: .*BTF.*\nHINT: /) as string, status: 1 });
  });

  test('a verifier that says no: the line of the script', () => {
    const ran = run(['-e', 'BEGIN { while (1) { @++ } }']);
    expect(ran.stderr).toMatch(/^stdin:1:\d+-\d+: ERROR: begin: the kernel's verifier rejected the program: .*\nBEGIN \{ while \(1\) \{ @\+\+ \} \}\n {8,}~+\nHINT: the whole log of the verifier: -v\n/m);
    expect(ran.status).toBe(1);
  });

  test('a full disk', () => {
    const ran = run(['-o', '/dev/full', '-e', 'BEGIN { printf("x\\n"); exit(); }']);
    expect(ran.stderr).toMatch(/ENOSPC|No space left/);
    expect(ran.status).toBe(1);
  });
});
