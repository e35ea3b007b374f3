// The generated tables against what this machine says of the same numbers.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { errorTexts, signalTexts, systemCalls } from '../../../src/compile/builtin/nametables.ts';

const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const header = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';

describe('names by number', () => {
  test('errors', () => {
    const said = execFileSync(python, ['-c', 'import os\nfor n in range(134): print(os.strerror(n))'], { encoding: 'utf8', env: { LC_ALL: 'C' } }).trimEnd().split('\n');
    expect(errorTexts.split('\n')).toEqual(said.map((text) => (text.startsWith('Unknown error') ? '' : text)));
    expect(errorTexts.split('\n')[constants.errno.ENOENT]).toBe('No such file or directory');
  });

  test('signals', () => {
    const texts = signalTexts.split('\n');
    expect(texts).toHaveLength(65);
    expect(texts[constants.signals.SIGKILL]).toBe('Killed');
    expect(texts[constants.signals.SIGHUP]).toBe('Hangup');
  });

  test.skipIf(!existsSync(header))('system calls: every one that the header of this machine knows', () => {
    const names = systemCalls.x86_64.split('\n');
    const known = [...readFileSync(header, 'utf8').matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
    expect(known.length).toBeGreaterThan(300);
    for (const [, name, number] of known) expect(names[Number(number)]).toBe(name);
  });

  test('the tables of the machines differ where their numbers do', () => {
    expect(systemCalls.x86_64.split('\n')[0]).toBe('read');
    expect(systemCalls.arm64.split('\n')[63]).toBe('read');
  });
});
