import { closeSync, openSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { closeAll, Fd, openFds, Owner } from '../../src/sys/fd.ts';

const open = (what: string): Fd => new Fd(openSync('/dev/null', 'r'), what);
const numbers = (): number => readdirSync('/proc/self/fd').length;

afterEach(() => { expect(openFds()).toEqual([]); });

describe('Fd', () => {
  test('counts as open until it is closed, and closes once', () => {
    const before = numbers();
    const fd = open('map a');
    expect(openFds()).toEqual([`${fd.number} map a`]);
    const { number } = fd;
    fd.close();
    // Whoever opens next gets the number: a second close must not touch it.
    const other = openSync('/dev/null', 'r');
    expect(other).toBe(number);
    fd.close();
    closeSync(other);
    expect(numbers()).toBe(before);
  });

  test('has no number when it is closed', () => {
    const fd = open('prog b');
    fd.close();
    expect(fd.closed).toBe(true);
    expect(() => fd.number).toThrow('prog b is closed');
  });
});

describe('Owner', () => {
  test('closes its children, last first, and theirs', () => {
    const order: string[] = [];
    const child = (name: string): { close: () => void } => ({ close: () => { order.push(name); } });
    const outer = new Owner();
    outer.adopt(child('a'));
    const inner = outer.adopt(new Owner());
    inner.adopt(child('b'));
    inner.adopt(child('c'));
    outer.adopt(child('d'));
    outer.close();
    outer.close();
    expect(order).toEqual(['d', 'c', 'b', 'a']);
  });
});

test('closeAll closes many on threads, and leaves out what is closed', async () => {
  const before = numbers();
  const fds = Array.from({ length: 300 }, (_, n) => open(`link ${n}`));
  fds[7]?.close();
  const done = closeAll(fds);
  expect(openFds()).toEqual([]);
  await done;
  expect(numbers()).toBe(before);
});
