// Writes docs/builtins.md from the records of the builtins.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'reference-'));
try {
  const outfile = join(work, 'reference.mjs');
  await build({ entryPoints: [join(root, 'src/compile/builtin/reference.ts')], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
  const { referenceText } = await import(pathToFileURL(outfile).href);
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(root, 'docs/builtins.md'), referenceText());
} finally {
  rmSync(work, { recursive: true });
}
