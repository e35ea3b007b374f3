// `npm run dist`: one tarball that runs on a host with Node and nothing else: bundles, code caches, the addons of this Node's ABI, db/.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const name = `btfly-${version}-linux-${process.arch}-node${process.versions.modules}`;

execFileSync(process.execPath, [join(root, 'bin/build.mjs'), '--bundle'], { stdio: 'inherit' });
const staging = mkdtempSync(join(tmpdir(), 'btfly-dist-'));
try {
  const folder = join(staging, name);
  mkdirSync(folder);
  for (const part of ['bin/btfly', 'dist', 'db', 'package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  mkdirSync(join(root, '.cache'), { recursive: true });
  const file = join(root, '.cache', `${name}.tar.gz`);
  execFileSync('tar', ['-C', staging, '--owner=0', '--group=0', '-czf', file, name]);
  console.log(file);
} finally {
  rmSync(staging, { recursive: true });
}
