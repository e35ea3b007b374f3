// npm runs every package's preinstall before any package's install: this one speaks before node-gyp does.
const { spawnSync } = require('node:child_process');

const missing = ['python3', 'make', 'g++'].filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);

if (missing.length > 0) {
  console.error(`btfly: compiling needs ${missing.join(', ')}: on Debian, apt-get install -y python3 make g++`);
  process.exit(1);
}
