// The running kernel with its tracepoints: tracefs is mounted for the reading in a mount namespace of its own. Needs root.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { arches } from '../../src/base/arch.ts';
import { probedKernel } from '../../src/catalog/catalog.ts';
import type { ProbedKernel } from '../../src/catalog/provider/provider.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { runningBtf } from './kernels.ts';
import { bundleScript } from './script.ts';
import { mountTracefs } from './tracefs.ts';

/** Whether tracefs can be mounted to read the running kernel's events. */
export function canReadEvents(): boolean {
  return runningBtf() !== undefined && process.getuid?.() === 0 && process.arch === 'x64' && spawnSync('unshare', ['-m', 'sh', '-c', mountTracefs]).status === 0;
}

/** Reads the running kernel into a catalog in `folder`. */
export function runningKernel(folder: string): ProbedKernel {
  const path = join(folder, 'running.db');
  const script = bundleScript(folder, 'ingest', `
    import { kernelFs } from '#src/base/kernelfs.ts';
    import { ingestKernel } from '#src/index/ingest.ts';
    void ingestKernel(kernelFs, { path: ${JSON.stringify(path)} });`);
  withTracefs([process.execPath, script]);
  const catalog = openCatalog(path);
  if (!catalog) throw new Error(`${path}: no catalog`);
  return probedKernel(catalog.image(), arches.x86_64, (module) => catalog.image({ module }));
}

/** Runs a program where tracefs is mounted; its standard output. */
export function withTracefs(command: readonly string[]): string {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: '' };
  const done = spawnSync('unshare', ['-m', 'sh', '-c', `${mountTracefs}; exec "$@"`, 'sh', ...command], { env, encoding: 'latin1', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${command.join(' ')}: ${done.stderr}`);
  return done.stdout;
}
