// Fetches every kernel of the list and takes out its BTF, so that all suites have them:
// npx esbuild test/vm/fetch.ts --bundle --platform=node --format=esm | node --input-type=module
import { kernel, kernelBtf, series } from './kernels.ts';

for (const { name } of series) console.log(`${name}: ${kernel(name).release} ${kernelBtf(name)}`);
