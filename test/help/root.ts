// Tests of the kernel itself: skipped by name where this process may not call bpf(2).
import { test } from 'vitest';

export const isRoot = process.getuid?.() === 0;

/** A test that needs root. */
export const rootTest = test.skipIf(!isRoot);
