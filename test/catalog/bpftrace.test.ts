// Listings against bpftrace itself, on the running kernel: every tracepoint, raw tracepoint, function and event.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { listing, listingText } from '../../src/catalog/list.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { canReadEvents, runningKernel, withTracefs } from '../help/runningkernel.ts';
import { scratchFolder } from '../help/scratch.ts';
import { cacheFolder } from '../vm/kernels.ts';

/** A Debian root with bpftrace 0.27: `debootstrap --variant=minbase --include=bpftrace forky DIR`. */
const root = join(cacheFolder(), 'forky');
const binary = join(root, 'usr/bin/bpftrace');
const possible = existsSync(binary) && canReadEvents();

describe.skipIf(!possible)(`like bpftrace 0.27 (needs root, BTF and ${binary})`, () => {
  const folder = scratchFolder();
  const functions = join(folder, 'functions');
  let kernel: ProbedKernel;

  beforeAll(() => {
    kernel = runningKernel(folder);
    writeFileSync(functions, kernel.types.functions('*').filter((each) => each.traceable ?? each.present ?? each.typed).map((each) => `${each.name}\n`).join(''));
  });

  const ours = (pattern: string) => listingText(listing(kernel, pattern, true));
  const theirs = (pattern: string) => bpftrace(['--traceable-functions', functions, '-lv', pattern]);

  test.each([
    'tracepoint:*', 't:timer:hrtimer_start', 'software:*', 'hardware:*', 'interval:*', 'profile:*', 'self:*', 'struct sock', 'struct sk_buff', 'union sigval', 'enum pid_type',
  ])('%s: the same text', (pattern) => {
    expect(ours(pattern).trimEnd()).toBe(theirs(pattern).trimEnd());
  });

  test('rawtracepoint:*: the same but for tracepoints that BPF cannot attach to', () => {
    const expected = entries(theirs('rawtracepoint:*'));
    for (const title of expected.keys()) {
      if (kernel.types.find('typedef', `btf_trace_${title.split(':')[2]}`).length === 0) expected.delete(title);
    }
    expect(entries(ours('rawtracepoint:*'))).toEqual(expected);
  });

  test.each(['kprobe:*', 'kretprobe:*', 'fentry:*', 'fexit:*'])('%s: the same arguments for every function that both list', (pattern) => {
    const mine = entries(ours(pattern));
    const others = entries(theirs(pattern));
    const wrong: string[] = [];
    let equal = 0;
    for (const [title, lines] of mine) {
      const other = others.get(title);
      if (other === undefined || isKnown(kernel, title, other)) continue;
      if (lines.join() === other.join()) equal++;
      else wrong.push(`${title}: ours ${lines.join()}, theirs ${other.join()}`);
    }
    expect(wrong).toEqual([]);
    expect(equal).toBeGreaterThan(0.97 * mine.size);
  });
});

/**
 * Where bpftrace says less or something else: it has no prototype for clones, shows the `...` of a variadic function as a parameter of
 * type void, numbers the second definition of a name, and spells attributes of address spaces.
 */
function isKnown(kernel: ProbedKernel, title: string, theirs: readonly string[]): boolean {
  const name = title.split(':').at(-1) ?? '';
  const [definition] = kernel.types.find('function', name);
  return name.includes('.') || definition?.type.variadic === true || /___\d|__attribute__/.test(theirs.join());
}

/** Titles and the argument lines below each. */
function entries(text: string): Map<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('    ')) lines.push(line.trim());
    else found.set(line, (lines = []));
  }
  return found;
}

function bpftrace(args: readonly string[]): string {
  const libraries = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((path) => join(root, path)).join(':');
  return withTracefs([join(root, 'lib64/ld-linux-x86-64.so.2'), '--library-path', libraries, binary, ...args]);
}
