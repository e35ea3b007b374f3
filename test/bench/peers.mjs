// Where the commands under comparison are; a peer that is not installed is named and left out.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';

export const root = resolve(import.meta.dirname, '../..');
export const btfly = [process.execPath, join(root, 'bin/btfly')];

/** bpftrace from a debootstrapped root, through that root's own loader; `debootstrap --variant=minbase --include=bpftrace forky DIR`. */
export function bpftrace() {
  const cache = process.env.BTFLY_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'btfly-test');
  const forky = join(cache, 'forky');
  const binary = join(forky, 'usr/bin/bpftrace');
  if (!existsSync(binary)) return missing('bpftrace', `a Debian root in ${forky}`);
  const libraries = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'usr/lib/llvm-21/lib', 'usr/lib/llvm-20/lib', 'usr/lib/llvm-19/lib'].map((path) => join(forky, path));
  return [join(forky, 'lib64/ld-linux-x86-64.so.2'), '--library-path', libraries.join(':'), binary];
}

export function pahole() {
  return onPath('pahole') ? ['pahole'] : missing('pahole', 'apt-get install dwarves');
}

export function bpftool() {
  return onPath('bpftool') ? ['bpftool'] : missing('bpftool', 'apt-get install bpftool');
}

/** Environment of every measured process: the certificate bundle that Node would parse at each start is nobody's fault here, and no answer is one that was kept. */
export function environment(extra = {}) {
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return { ...rest, BTFLY_ANSWER_CACHE: 'none', ...extra };
}

function onPath(name) {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

function missing(name, how) {
  console.log(`(${name} is not here and left out: ${how})`);
  return undefined;
}
