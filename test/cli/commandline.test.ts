// The command line as it is typed: words → what is printed and the exit status. The built bundles run as child processes.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Ran } from '../help/cli.ts';
import { built, Cli, root } from '../help/cli.ts';
import { isRoot } from '../help/root.ts';
import { scratchFolder } from '../help/scratch.ts';
import { noTracefs } from '../help/tracefs.ts';

const folder = scratchFolder();
const cli = new Cli(folder);

beforeAll(() => {
  built();
  expect(cli.run(['index']).status).toBe(0);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'two.bt'), '#!/usr/bin/env btfly\nBEGIN { printf("%d %s %d\\n", $1, str($2), $#); exit(); }\n', { mode: 0o755 });
  copyFileSync(join(folder, 'two.bt'), join(folder, 'struct'));
});

describe('words', () => {
  test.each<[readonly string[], Partial<{ stdout: RegExp; stderr: RegExp; status: number }>]>([
    [['-V'], { stdout: /^btfly v\d+\.\d+\.\d+\n$/, status: 0 }],
    [['--help'], { stdout: /^Usage: btfly \[options\] FILE[^]*-e <program>[^]*Commands \(each has --help\):\n {2}struct/, status: 0 }],
    [[], { stderr: /^Usage: btfly/, status: 1 }],
    [['--bogus'], { stderr: /^ERROR: unknown option '--bogus'\nHINT: btfly --help\n$/, status: 1 }],
    [['-e', 'BEGIN { }', '--dry-ru'], { stderr: /^ERROR: unknown option '--dry-ru'\n\(Did you mean --dry-run\?\)\nHINT: btfly --help\n$/, status: 1 }],
    [['-e'], { stderr: /^ERROR: option '-e <program>' argument missing\nHINT: btfly --help\n$/, status: 1 }],
    [['-B', 'some', '-e', 'BEGIN { }'], { stderr: /^ERROR: option '-B <mode>' argument 'some' is invalid\. Allowed choices are line, full, none\.\n/, status: 1 }],
    [['-f', 'xml', '-e', 'BEGIN { }'], { stderr: /^ERROR: option '-f <format>' argument 'xml' is invalid\. Allowed choices are text, json\.\n/, status: 1 }],
    [['-d', 'codegen', '-e', 'BEGIN { }'], { stderr: /^ERROR: option '-d, --debug <stage>' argument 'codegen' is invalid\. Allowed choices are ast, types, ir, asm, verifier\.\n/, status: 1 }],
    [['-k', '-e', 'BEGIN { }'], { stderr: /^ERROR: btfly has no -k: /, status: 1 }],
    [['--emit-llvm=x', '-e', 'BEGIN { }'], { stderr: /^ERROR: btfly has no --emit-llvm: there is no LLVM here: -d ir shows what is compiled\n$/, status: 1 }],
    [['-p', 'me', '-e', 'BEGIN { }'], { stderr: /^ERROR: -p: 'me' is not a process id\n$/, status: 1 }],
    [['strcut', 'task_struct'], { stderr: /^ERROR: failed to open file 'strcut': No such file or directory\nHINT: there is a command: btfly struct\n$/, status: 1 }],
    [['BEGIN { exit(); }'], { stderr: /^ERROR: failed to open file 'BEGIN \{ exit\(\); \}': No such file or directory\nHINT: a program on the command line stands behind -e\n$/, status: 1 }],
    [['/'], { stderr: /^ERROR: failed to open file '\/': it is a directory\n$/, status: 1 }],
    [['--kernel', '6.1', '-e', 'BEGIN { }'], { stderr: /^ERROR: --kernel is for -l, -d and btfly check: a script runs on the kernel that is there\n$/, status: 1 }],
    [['--kernel', 'none', '-l'], { stderr: /^ERROR: no kernel 'none' in the catalog\nHINT: there are: /, status: 1 }],
    [['struct'], { stderr: /^ERROR: /, status: 1 }],
    [['offset', '--bogus'], { stderr: /^ERROR: unknown option '--bogus'\nHINT: btfly offset --help\n$/, status: 1 }],
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
    const ran = cli.run(args);
    if (expected.stdout) expect(ran.stdout).toMatch(expected.stdout);
    if (expected.stderr) expect(ran.stderr).toMatch(expected.stderr);
    expect(ran.status).toBe(expected.status);
  });
});

describe('a script for many kernels', () => {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  const width = Math.max(release.length, 'KERNEL'.length);
  /** Lines for the running kernel, and for one that differs by a letter and whose BTF says no architecture. */
  const verdicts = (verdict: string): string => [['KERNEL', 'ARCH  ', 'SCRIPT'], [release, process.arch === 'x64' ? 'x86_64' : 'arm64 ', verdict], ['other', '-     ', verdict]].map(([name = '', ...others]) => `${[name.padEnd(width), ...others].join('  ')}\n`).join('');

  beforeAll(() => {
    expect(cli.run(['index', '--db', 'many.db']).status).toBe(0);
    const types = readFileSync('/sys/kernel/btf/vmlinux');
    types.writeUInt8((types.at(-2) ?? 0) ^ 1, types.length - 2);
    writeFileSync(join(folder, 'other.btf'), types);
    expect(cli.run(['index', 'other.btf', '--name', 'other', '--db', 'many.db']).status).toBe(0);
  });

  test('works on all', () => {
    expect(cli.run(['check', '--db', 'many.db', '--kernel', '*', '-e', 'BEGIN { printf("%d", sizeof(struct list_head)); }'])).toEqual({ stdout: verdicts('works'), stderr: '', status: 0 });
  });

  test('does not work: said once for those that say the same', () => {
    expect(cli.run(['check', '--db', 'many.db', '--kernel', '*', '-e', 'BEGIN { $x = foo; }'])).toEqual({
      stdout: verdicts('does not compile: 1 error'), stderr: `\n${release}, other:\nstdin:1:14-17: ERROR: Unknown identifier: 'foo'\nBEGIN { $x = foo; }\n             ~~~\n`, status: 1,
    });
  });

  test.each([
    [['check', '--kernel', 'none*', '-e', 'BEGIN { }'], `ERROR: no kernel of the catalog is called like 'none*'\nHINT: there are: other, ${release}\n`],
    [['check', '--kernel', 'other*', '-d', 'asm', '-e', 'BEGIN { }'], "ERROR: -d shows one kernel\nHINT: 'other*' may mean several\n"],
  ])('btfly %j', (args, stderr) => {
    expect(cli.run([...args, '--db', 'many.db'])).toEqual({ stdout: '', stderr, status: 1 });
  });
});

describe('the catalog answers', () => {
  test('a listing', () => {
    const lines = cli.run(['-vl', 't:timer:hrtimer_start']).stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual(['tracepoint:timer:hrtimer_start', '    void * hrtimer', '    void * function']);
  });

  test('a layout, and its JSON', () => {
    const text = cli.run(['struct', 'list_head']).stdout;
    expect(text).toBe(
      'struct list_head {\n\tstruct list_head *         next;                 /*     0     8 */\n\tstruct list_head *         prev;                 /*     8     8 */\n\n\t/* size: 16, cachelines: 1, members: 2 */\n\t/* last cacheline: 16 bytes */\n};\n',
    );
    const sock = JSON.parse(cli.run(['struct', 'sock_common', '--json']).stdout) as { readonly kind: string; readonly size: number; readonly members: readonly { readonly name: string | null; readonly offset: number; readonly bitOffset?: number; readonly members?: readonly object[] }[] };
    expect(sock).toMatchObject({ kind: 'struct', name: 'sock_common', image: 'vmlinux', variant: 1, variants: 1 });
    expect(sock.members[0]).toMatchObject({ name: null, type: 'union {...}', offset: 0, size: 8, members: [{ name: 'skc_addrpair' }, { name: null, type: 'struct {...}' }] });
    const bits = sock.members.filter((member) => member.bitOffset !== undefined);
    expect(bits.length).toBeGreaterThan(3);
    expect(bits.every((member) => member.offset === Math.floor((member.bitOffset ?? 0) / 8))).toBe(true);
  });

  test('a member', () => {
    expect(cli.run(['struct', 'sock.__sk_common.skc_daddr']).stdout).toContain('/* type: __be32, offset: 0, size: 4 */');
  });

  test('what a better order would save: of all that it saves something of, each as it is told alone', () => {
    expect(cli.run(['struct', 'list_head', '--packable']).stdout).toBe('list_head\t16\t16\t0\n');
    const lines = cli.run(['struct', '--all', '--packable']).stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(200);
    for (const line of lines) {
      const [, size = 0, smaller = 0, saved = 0] = line.split('\t').map(Number);
      expect([size - smaller, saved > 0]).toEqual([saved, true]);
    }
    const [first = ''] = lines.filter((line) => line.startsWith('task_struct\t'));
    expect(cli.run(['struct', 'task_struct', '--packable']).stdout).toBe(`${first}\n`);
  });

  test('a name that is not there', () => {
    expect(cli.run(['struct', 'tsk_struct'])).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: no struct is called tsk_struct\nHINT: near it: task_struct/) as string, status: 1 });
  });

  test.each([
    [['probes', '--arg', 'struct task_struct'], 'No probe hands that over.'],
    [['find', 'no_such*', '--type', 'struct task_struct'], 'Nothing is like that.'],
  ])('a search that finds nothing asks whether pointers were meant: btfly %j', (args, message) => {
    expect(cli.run(args)).toEqual({ stdout: '', stderr: `${message}\nHINT: pointers to it are 'struct task_struct *'\n`, status: 1 });
  });

  test.skipIf(!isRoot)('nobody, without rights, and without a word about them', () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    expect(cli.run(['-l', 'kprobe:vfs_read'], { wrapper: nobody })).toEqual({ stdout: 'kprobe:vfs_read\n', stderr: '', status: 0 });
    expect(cli.run(['check', '-e', 'k:vfs_read { @[comm] = count(); }'], { wrapper: nobody })).toEqual({ stdout: '', stderr: '', status: 0 });
  });

  test.each([['struct', 'list_head'], ['kernels'], ['kernels', 'rm', '1'], ['sql', 'SELECT 1'], ['diff', 'one', 'two'], ['find', 'sock', '--kernel', '6.1'], ['-l', 'k:vfs_read'], ['check', '-e', 'BEGIN { }']])('a catalog that is not there is not made: %s %s', (...words) => {
    const [command = '', ...others] = words;
    expect(cli.run([command, '--db', 'typo.db', ...others])).toEqual({ stdout: '', stderr: 'ERROR: there is no catalog typo.db\nHINT: btfly index --db typo.db reads the running kernel into a new one\n', status: 1 });
    expect(existsSync(join(folder, 'typo.db'))).toBe(false);
  });

  test('types that the catalog has under another name', () => {
    expect(cli.run(['index', '/sys/kernel/btf/vmlinux', '--name', 'same'])).toEqual({ stdout: expect.stringMatching(/^same, which is .*: nothing new, in .*catalog\.db\n$/) as string, stderr: '', status: 0 });
  });

  test('BTF that is cut off', () => {
    writeFileSync(join(folder, 'cut.btf'), Buffer.from('9feb01001800000000000000ff0000', 'hex'));
    expect(cli.run(['index', 'cut.btf'])).toMatchObject({ stderr: expect.stringMatching(/^ERROR: cut\.btf/) as string, status: 1 });
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
    const ran = cli.run(args, input === undefined ? {} : { input });
    expect(ran.stdout).toBe(stdout);
    expect(ran.status).toBe(status);
  });

  test('as the interpreter of a script', () => {
    const found = spawnSync(join(folder, 'two.bt'), ['7', 'x'], { encoding: 'utf8', env: { ...process.env, BTFLY_DB: cli.db, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}` } });
    expect(found.stdout).toBe('7 x 2\n\n\n');
  });

  test('-c runs a command and ends with it', () => {
    const ran = cli.run(['-c', '/bin/true', '-e', 't:syscalls:sys_enter_exit_group /pid == cpid/ { printf("%d\\n", args.error_code); }']);
    expect(ran.stdout).toBe('0\n\n\n');
  });

  test('CAP_BPF and CAP_PERFMON suffice', () => {
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all,+bpf,+perfmon', '--ambient-caps=-all,+bpf,+perfmon', '--bounding-set=-all,+bpf,+perfmon'];
    expect(cli.run(['-e', 'BEGIN { printf("ran\\n"); exit(); }'], { wrapper })).toMatchObject({ stdout: 'ran\n\n\n', status: 0 });
  });

  test('without them one line says what is missing', () => {
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const ran = cli.run(['-e', 'BEGIN { exit(); }'], { wrapper });
    expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: tracing needs CAP_BPF and CAP_PERFMON, this process lacks CAP_BPF and CAP_PERFMON .*\nHINT: /) as string, status: 1 });
  });

  test('no tracefs: said, with the way out', () => {
    const ran = cli.run(['-e', 't:sched:sched_switch /pid == 1/ { @ = count(); }'], { mounts: noTracefs });
    expect(ran.stderr).toMatch(/tracefs/);
    expect(ran.stderr).toMatch(/HINT: .*mount/);
    expect(ran.status).toBe(1);
  });

  test('no BTF: said, with the ways out', () => {
    const ran = cli.run(['-e', 'BEGIN { exit(); }'], { mounts: 'mount -t tmpfs none /sys/kernel/btf', env: { BTFLY_DB: join(folder, 'none.db') } });
    expect(ran).toMatchObject({ stdout: '', stderr: expect.stringMatching(/^ERROR: .*BTF.*\nHINT: /) as string, status: 1 });
  });

  test('a verifier that says no: the line of the script', () => {
    const ran = cli.run(['-e', 'BEGIN { while (1) { @++ } }']);
    expect(ran.stderr).toMatch(/^stdin:1:\d+-\d+: ERROR: begin: the kernel's verifier rejected the program: .*\nBEGIN \{ while \(1\) \{ @\+\+ \} \}\n {8,}~+\nHINT: the whole log of the verifier: -v\n/m);
    expect(ran.status).toBe(1);
  });

  const hello = 'BEGIN { printf("hello\\n"); exit(); }';

  test.each<[name: string, args: readonly string[], expected: Partial<Ran>]>([
    ['-o a full disk', ['-o', '/dev/full', '-e', hello], { stderr: 'Attached 1 probe\nERROR: write /dev/full: ENOSPC: the disk is full\n', status: 1 }],
    ['-o a folder that is not there', ['-o', '/nowhere/x', '-e', hello], { stdout: '', stderr: 'ERROR: open /nowhere/x: ENOENT: No such file or directory\n', status: 1 }],
    ['-o a folder', ['-o', '/', '-e', hello], { stderr: 'ERROR: open /: EISDIR: Is a directory\n', status: 1 }],
    ['-p that is not there', ['-p', '4194304', '-e', hello], { stdout: '', stderr: 'ERROR: -p: there is no process 4194304\n', status: 1 }],
    ['-c that is not there', ['-c', '/nowhere/x', '-e', hello], { stdout: '', stderr: "ERROR: -c: '/nowhere/x' does not exist or is not executable\n", status: 1 }],
    ['-c: the status of the command is its own', ['-c', 'sh -c "exit 3"', '-e', 'END { printf("%d\\n", cpid > 0); }'], { stdout: '1\n\n\n', status: 0 }],
    ['exit() in END', ['-c', 'true', '-e', 'END { exit(5); }'], { stdout: '\n\n', status: 5 }],
    ['-q', ['-q', '-e', hello], { stdout: 'hello\n\n\n', stderr: '', status: 0 }],
    ['-B none', ['-B', 'none', '-q', '-e', hello], { stdout: 'hello\n\n\n', status: 0 }],
    ['-B full', ['-B', 'full', '-q', '-e', hello], { stdout: 'hello\n\n\n', status: 0 }],
    ['errors of a run in JSON', ['-f', 'json', '-q', '-e', 'BEGIN { errorf("bad %d\\n", 3); exit(2); }'],
      { stdout: '{"type": "errorf", "msg": "bad 3\\n", "filename": "stdin", "line": 1, "col": 9}\n', status: 2 }],
    ['errors of a script are text for JSON too', ['-f', 'json', '-e', 'BEGIN { 1; }}'], { stdout: '', stderr: expect.stringMatching(/^stdin:1:\d+-\d+: ERROR: syntax/) as string, status: 1 }],
    ['--dry-run', ['--dry-run', '-e', 'BEGIN { printf("no\\n"); } interval:s:1 { exit(); }'], { stdout: '', stderr: 'Attached 1 probe\n', status: 0 }],
    ['a number below zero behind --', ['-q', '-e', 'BEGIN { printf("%d %d\\n", $#, $1); exit(); }', '--', '-5'], { stdout: '1 -5\n\n\n', status: 0 }],
    ['switches behind the file', ['two.bt', '-q', '--', '1', 'x'], { stdout: '1 x 2\n\n\n', stderr: '', status: 0 }],
  ])('%s', (_, args, expected) => {
    expect(cli.run(args)).toMatchObject(expected);
  });

  test('what the script prints goes to the file of -o, and nothing else', () => {
    expect(cli.run(['-o', 'out', '-e', hello])).toEqual({ stdout: '', stderr: 'Attached 1 probe\n', status: 0 });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('hello\n\n\n');
  });
});
