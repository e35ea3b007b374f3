// Before the first test: the tools are there and every kernel is in the cache. Else the tests are skipped, which CI does not take for an answer.
import type { TestProject } from 'vitest/node';
import { cacheFolder, kernel, series } from './kernels.ts';
import { missing } from './tools.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why no virtual machine can run here; empty when they can. */
    readonly vmMissing: string;
  }
}

export function setup(project: TestProject): void {
  const reason = missing() ?? unreachableMirror() ?? '';
  if (reason !== '' && process.env['CI'] === 'true') throw new Error(reason);
  if (reason !== '') process.stderr.write(`SKIPPED: ${reason}\n`);
  project.provide('vmMissing', reason);
}

function unreachableMirror(): string | undefined {
  for (const { name } of series) {
    try {
      kernel(name);
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error));
      return `Debian's ${name} kernel is not in ${cacheFolder()} and could not be fetched: ${/^E: .*$/m.exec(message)?.[0] ?? message}`;
    }
  }
  return undefined;
}
