// Numbers of helpers, against the running kernel's own enum.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { helpers } from '../../src/bpf/helpers.ts';

const btf = '/sys/kernel/btf/vmlinux';
const dump = existsSync(btf) ? spawnSync('bpftool', ['btf', 'dump', 'file', btf, 'format', 'c'], { encoding: 'utf8', maxBuffer: 1 << 28 }) : undefined;
const ids = new Map([...(dump?.status === 0 ? dump.stdout : '').matchAll(/^\s*BPF_FUNC_(\w+) = (\d+),$/gm)].map(([, name, id]) => [name, Number(id)]));

test.skipIf(ids.size === 0)('numbers are those of enum bpf_func_id', () => {
  expect(Object.entries(helpers).map(([name, { id }]) => [name, id])).toEqual(Object.keys(helpers).map((name) => [name, ids.get(name)]));
});

test('numbers are ascending and each is there once', () => {
  const numbers = Object.values(helpers).map(({ id }) => id);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
});

test('arguments through which a helper writes are among five', () => {
  const rows = Object.values(helpers).map((helper) => ('fills' in helper ? Math.max(helper.fills.to, 'size' in helper.fills ? helper.fills.size : 0) : 0));
  expect(Math.max(...rows)).toBeLessThan(5);
});
