// Runs in the guest: one Spec with the product's own runtime, and tells how long each phase took.
import { readFileSync } from 'node:fs';
import type { Spec } from '../../src/bpf/spec.ts';
import { run } from '../../src/runtime/runtime.ts';
import { openFds } from '../../src/sys/fd.ts';
import { reviveSpec } from '../help/specjson.ts';

const [file = '', command] = process.argv.slice(2);
const spec = JSON.parse(readFileSync(file, 'utf8'), reviveSpec) as Spec;
const phases: Record<string, number> = {};
let last = performance.now();

run(spec, {
  format: 'text', buffering: 'line', quiet: false, verbose: false, warnings: true, verifierLog: false, dryRun: false, command,
  timing: (phase) => {
    phases[phase] = Math.round(performance.now() - last);
    last = performance.now();
  },
}).then(
  (status) => { process.exitCode = status; },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
).finally(() => { process.stdout.write(`${JSON.stringify({ phases, open: openFds() })}\n`); });
