// strftime, compared with date(1) of this machine in the C locale.
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { strftime } from '../../src/runtime/strftime.ts';

const before = process.env['TZ'];
afterAll(() => {
  if (before === undefined) delete process.env['TZ'];
  else process.env['TZ'] = before;
});

const conversions = [...'aAbBcCdDeFgGhHIjmMnpPrRsStTuUVwWxXyYz'];
// The turn of years is where weeks go wrong.
const seconds = [0, 951782400, 1104537599, 1104537600, 1230768000, 1293839999, 1325376000, 1451606399, 1483228800, 1609459199, 1719792000, 1735689600, 4102444800];

describe.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland'])('%s', (zone) => {
  test('is what date(1) prints', () => {
    process.env['TZ'] = zone;
    const format = conversions.map((conversion) => `${conversion}=%${conversion}`).join(' ');
    const ours = seconds.map((second) => strftime(format, BigInt(second) * 1_000_000_000n));
    const theirs = seconds.map((second) => execFileSync('date', ['-d', `@${second}`, `+${format}`], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C', TZ: zone } }).replace(/\n$/, ''));
    expect(ours).toEqual(theirs);
  });
});

test('parts of the second are bpftrace\'s own', () => {
  expect(strftime('%f %k %l', 1_713_630_029n)).toBe('713630 713630029 713');
  expect(strftime('%f %k %l', 5_000_000_007n)).toBe('000000 000000007 000');
});

test('what is no conversion stays', () => {
  expect(strftime('100%% %Q %', 0n)).toBe('100% %Q %');
});
