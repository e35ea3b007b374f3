import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { Child, splitWords } from '../../src/runtime/child.ts';

describe('words of a command are those of the shell', () => {
  test.each(['ls', '  ls   -l  ', "sh -c 'exit 3'", 'echo "a b" c', 'echo a\\ b', "echo ''", `echo "it's" 'say "x"'`, 'echo "a\\"b\\\\c"', `a'b'"c"d`, 'echo "\\n"', "echo 'a\\b'"])('%j', (command) => {
    const shell = execFileSync('sh', ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' });
    expect(splitWords(command)).toEqual(shell.split('\0').slice(0, -1));
  });

  test('none at all', () => { expect(splitWords('   ')).toEqual([]); });
});

describe('a child', () => {
  test('stands still until it is continued, under the pid that its command gets', async () => {
    const child = await Child.start('sleep 0.05', kernelFs);
    expect(kernelFs.text(`/proc/${child.pid}/comm`)).toBe('sh\n');
    const ended = new Promise<void>((resolve) => { child.onExit(resolve); });
    child.continue();
    while (kernelFs.text(`/proc/${child.pid}/comm`) === 'sh\n') await new Promise((resolve) => setTimeout(resolve, 1));
    expect(kernelFs.text(`/proc/${child.pid}/comm`)).toBe('sleep\n');
    await ended;
    child.close();
  });

  test('that never was continued ends with its owner', async () => {
    const child = await Child.start('sleep 1000', kernelFs);
    const ended = new Promise<void>((resolve) => { child.onExit(resolve); });
    child.close();
    await ended;
    expect(kernelFs.text(`/proc/${child.pid}/comm`)).toBeUndefined();
  });

  test.each(['/nonexistent/program', 'no-such-program-here x', '/etc/passwd'])('%s cannot be run', async (command) => {
    await expect(Child.start(command, kernelFs)).rejects.toThrow(`-c: '${command.split(' ')[0]}' does not exist or is not executable`);
  });
});
