// Measures btfly beside its peers on this machine, in one sitting: `npm run bench -- start|index|catalog|questions|library|headers|insns|event`, all without a word.
// Ratios matter, not milliseconds: runs are interleaved and medians are of at least 31.
import { parts } from './parts.mjs';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`bench: no part '${unknown.join("', '")}': there are ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}
for (const [name, part] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n## ${name}: ${part.what}\n`);
  await part.run();
}
