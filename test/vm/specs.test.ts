// Every script whose programs any test loads, compiled for Debian's 6.1, 6.12 and 7.2 and given to their verifiers.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SourceText } from '../../src/base/span.ts';
import { renderDiagnostic } from '../../src/base/diagnostic.ts';
import { compileScript } from '../../src/app/compile.ts';
import { recordedScripts } from '../help/recorded.ts';
import { replaceSpec } from '../help/specjson.ts';
import { kernel, series } from './kernels.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { root } from './paths.ts';
import type { Verdict } from './specloader.ts';
import { openC } from '../../src/app/cpart.ts';

describe.skipIf(inject('vmMissing') !== '').each(series.map(({ name }) => name))('%s', (name) => {
  let machine: Machine;
  beforeAll(async () => { machine = await boot(kernel(name)); });
  afterAll(async () => { await machine.close(); });

  test('its verifier takes every program', async () => {
    const indexed = await machine.run(`cd ${root} && node bin/btfly index --db /tmp/catalog.db && cp /tmp/catalog.db /job/catalog.db`);
    expect(indexed.stderr).toBe('');
    const scripts = recordedScripts();
    expect(scripts.length).toBeGreaterThan(50);
    const compiled = await Promise.all(scripts.map(async (script) => await compileFor(join(machine.folder, 'catalog.db'), kernel(name).release, script)));
    writeFileSync(join(machine.folder, 'specs.json'), JSON.stringify(compiled.filter((each) => 'spec' in each), replaceSpec));
    buildSync({ entryPoints: [join(root, 'test/vm/specloader.ts')], bundle: true, platform: 'node', target: 'node20', format: 'cjs', outfile: join(machine.folder, 'loader.cjs'), define: { 'import.meta.dirname': '__dirname' } });
    copyFileSync(join(root, 'native/build/Release/btfly.node'), join(machine.folder, `btfly-${process.arch}-${process.versions.modules}.node`));
    const loaded = await machine.run('cd /job && node loader.cjs specs.json', { timeoutMs: 600_000 });
    const verdicts = loaded.stdout.trim().split('\n').map((line) => JSON.parse(line) as Verdict);
    const rejected = verdicts.filter(({ error }) => error !== '').map(({ name: file, error }) => ({ script: scripts.find((each) => each.name === file)?.script, error }));
    expect({ rejected, failed: compiled.filter((each) => 'error' in each), stderr: loaded.stderr }).toEqual({ rejected: [], failed: [], stderr: '' });
    expect(verdicts.length).toBe(scripts.length);
  });
});

type Compiled = { readonly name: string; readonly spec: object } | { readonly name: string; readonly script: string; readonly error: string };

/** Scripts name functions and events; those that this kernel does not have are left to the kernels that have them. */
async function compileFor(db: string, release: string, { name, script }: { readonly name: string; readonly script: string }): Promise<Compiled> {
  const source = new SourceText(name, script);
  const { spec, diagnostics } = await compileScript({ source, positional: [], named: new Map(), includeDirectories: [], unsafe: true, openC }, { db, kernel: release });
  return spec ? { name, spec } : { name, script, error: diagnostics.map((diagnostic) => renderDiagnostic(source, diagnostic)).join('') };
}
