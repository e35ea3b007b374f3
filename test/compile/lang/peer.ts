// The scripts and the parser of a bpftrace that is on this machine: installed, or in a Debian root in the cache folder.
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../vm/kernels.ts';

const roots = [join(cacheFolder(), 'forky'), '/var/cache/btfly-test/forky', '/'].filter((root) => existsSync(join(root, 'usr/bin/bpftrace')));

/** bpftrace's own tools. */
export const tools: readonly { readonly name: string; readonly text: string }[] = roots.slice(0, 1).flatMap((root) =>
  readdirSync(join(root, 'usr/sbin')).filter((name) => name.endsWith('.bt')).map((name) => ({ name, text: readFileSync(join(root, 'usr/sbin', name), 'utf8') })),
);

/** `bpftrace --fmt`, which needs neither rights nor a kernel; undefined where there is none that has it (from 0.26 on). */
export const format = ((): ((script: string) => { readonly accepted: boolean; readonly text: string }) | undefined => {
  const run = (script: string): SpawnSyncReturns<string> | undefined => {
    const [root] = roots;
    if (root === undefined) return undefined;
    const loader = join(root, 'lib64/ld-linux-x86-64.so.2');
    const folders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((each) => join(root, each)).join(':');
    return spawnSync(loader, ['--library-path', folders, join(root, 'usr/bin/bpftrace'), '--fmt', '-e', script], { encoding: 'utf8', maxBuffer: 1 << 24 });
  };
  if (run('BEGIN { }')?.stdout !== 'BEGIN\n{}\n') return undefined;
  return (script) => {
    const result = run(script);
    return { accepted: result?.status === 0 && !result.stderr.includes('ERROR'), text: `${result?.stdout ?? ''}${result?.stderr ?? ''}` };
  };
})();
