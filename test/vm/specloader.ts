// Runs in the guest: loads every Spec of a file with the product's own runtime and says of each whether the verifier took it.
import { readFileSync } from 'node:fs';
import type { Spec } from '../../src/bpf/spec.ts';
import { VerifierError } from '../../src/base/errors.ts';
import { kernelFs } from '../../src/base/kernelfs.ts';
import { loadPrograms } from '../../src/runtime/load.ts';
import { Machine } from '../../src/runtime/machine.ts';
import { createMaps } from '../../src/runtime/maps.ts';
import { Owner } from '../../src/sys/fd.ts';
import { reviveSpec } from '../help/specjson.ts';

export interface Verdict {
  readonly name: string;
  /** Empty when all its programs were loaded. */
  readonly error: string;
}

async function main(): Promise<void> {
  const specs = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'), reviveSpec) as readonly { readonly name: string; readonly spec: Spec }[];
  for (const { name, spec } of specs) {
    const verdict: Verdict = { name, error: await load(spec) };
    process.stdout.write(`${JSON.stringify(verdict)}\n`);
  }
}

async function load(spec: Spec): Promise<string> {
  const owner = new Owner();
  try {
    const machine = new Machine(kernelFs, 0);
    await loadPrograms(spec, { machine, maps: createMaps(spec, machine.cpus, owner), owner, onLog: undefined });
    return '';
  } catch (error) {
    if (error instanceof VerifierError) return `${error.message}\n${error.log.split('\n').slice(-25).join('\n')}`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    owner.close();
  }
}

void main();
