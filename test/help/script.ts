// Runs a piece of this program as a process of its own: bundled once, as the product is.
import { buildSync } from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Writes `source` (TypeScript that imports from `#src/…`) as a CommonJS file that node runs. Returns its path. */
export function bundleScript(folder: string, name: string, source: string): string {
  mkdirSync(folder, { recursive: true });
  const entry = join(folder, `${name}.ts`);
  const outfile = join(folder, `${name}.cjs`);
  writeFileSync(entry, source.replaceAll('#src/', `${root}/src/`));
  buildSync({
    entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'cjs', logLevel: 'error', nodePaths: [join(root, 'node_modules')],
    define: { 'import.meta.dirname': JSON.stringify(join(root, 'src/index')), 'process.env.BTFLY_BUNDLED': '"1"' },
    external: ['*.node'],
  });
  return outfile;
}
