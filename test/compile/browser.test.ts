// The compiler is pure: bundled for a browser it needs nothing of node, and compiles where there is only JavaScript.
import { build } from 'esbuild';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../../src');

const page = `
  import { compile } from '${source}/compile/compile.ts';
  import { SourceText } from '${source}/base/span.ts';
  import { arches } from '${source}/base/arch.ts';
  const types = { pointerSize: 8, find: () => [], definition: () => undefined, enumerators: () => [], constant: () => undefined, macro: () => undefined, memberAliases: () => [], near: () => [] };
  const probes = { match: () => [], detail: () => ({ arguments: [], returns: undefined }), near: () => [] };
  const features = { helpers: new Set(), kfuncs: new Set(), mapTypes: new Set(), kprobeMulti: false, kprobeSession: false, fentry: false, isa: 3 };
  const script = 'BEGIN { @x[1, "a"] = 5; printf("%d\\\\n", @x[1, "a"]); exit(); }';
  const made = compile({ source: new SourceText('page', script), arch: arches.x86_64, features, types: () => types, probes, readC: undefined, positional: [], named: new Map(), config: {}, unsafe: false });
  globalThis.answer = JSON.stringify({ complaints: made.diagnostics.length, programs: made.spec?.programs.map((program) => program.title), maps: made.spec?.maps.map((map) => map.name) });
`;

test('a page compiles a script', async () => {
  const bundle = await build({ stdin: { contents: page, resolveDir: source, loader: 'ts' }, bundle: true, platform: 'browser', format: 'iife', write: false, metafile: true, logLevel: 'silent' });
  const inputs = Object.values(bundle.metafile.inputs).flatMap((input) => input.imports.map((each) => each.path));
  expect(inputs.filter((path) => path.startsWith('node:'))).toEqual([]);
  const world: { answer?: string } = createContext({ TextEncoder, TextDecoder });
  runInContext(bundle.outputFiles[0]?.text ?? '', world);
  expect(JSON.parse(world.answer ?? '{}')).toEqual({ complaints: 0, programs: ['begin'], maps: ['at_x', 'losses', 'events'] });
});
