// The scripts whose programs a test gave to this machine's verifier: kept in a folder, so that the virtual machines'
// suite compiles each for its own kernels and gives it to their verifiers too. This machine's is not the target's.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../.cache/scripts');

export function recordScript(script: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${createHash('sha1').update(script).digest('hex').slice(0, 16)}.bt`);
  if (!existsSync(file)) writeFileSync(file, script);
}

export function recordedScripts(): readonly { readonly name: string; readonly script: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith('.bt')).sort().map((file) => ({ name: file, script: readFileSync(join(folder, file), 'utf8') }));
}
