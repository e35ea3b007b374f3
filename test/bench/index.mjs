// Time and size of indexing the running kernel into an empty catalog.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleaved } from './clock.mjs';
import { btfly, environment } from './peers.mjs';

export const index = {
  what: 'btfly index of the running kernel, whole process',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'btfly-bench-'));
    const file = join(folder, 'catalog.db');
    const command = ['sh', '-c', `rm -f ${file}; ${btfly.join(' ')} index --db ${file}`];
    const [row] = interleaved([{ name: 'index', command, env: environment() }], 7);
    const btf = statSync('/sys/kernel/btf/vmlinux').size;
    const size = statSync(file).size;
    console.log(`${row.median.toFixed(0)} ms, ${(size / 1e6).toFixed(1)} MB, ${(size / btf).toFixed(2)} × the raw BTF (${btf} bytes)`);
    rmSync(folder, { recursive: true });
  },
};
