// Whether virtual machines can run here. Without the tools the suite is skipped by name; in CI that is a failure.
import { missingTools } from './kernels.ts';

const missing = missingTools();

if (missing.length > 0) {
  const text = `the virtual machine needs: apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.env['CI'] === 'true') throw new Error(text);
  process.stderr.write(`${text}\n`);
}

export const vmTools = missing.length === 0;
