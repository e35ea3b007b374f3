// What `--help` says: in shape, and true: the examples work.
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/names.ts';
import { built, Cli } from '../help/cli.ts';
import { scratchFolder } from '../help/scratch.ts';

const cli = new Cli(scratchFolder());

beforeAll(() => {
  built();
  expect(cli.run(['index']).status).toBe(0);
});

/** Examples that name kernels, files and scripts which a test has not. */
const elsewhere = /vmlinux|6\.1|script\.bt/;

/** By examples: what people pass, without a run that never ends. */
function runnable(example: string): string {
  return example.replace(/^btfly -e/, 'btfly check -e');
}

describe.each(['', ...Object.keys(commands)])('btfly %s --help', (command) => {
  const words = command === '' ? [] : [command];

  test('is up to 100 columns wide, with a usage line and examples', () => {
    const { stdout, stderr, status } = cli.run([...words, '--help']);
    const lines = stdout.split('\n');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(lines[0]).toMatch(command === '' ? /^Usage: btfly / : new RegExp(`^Usage: btfly ${command} `));
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(examples(stdout)).not.toEqual([]);
    expect(aligned(lines)).toBe(1);
  });

  test('has examples that work', () => {
    for (const example of examples(cli.run([...words, '-h']).stdout)) {
      if (elsewhere.test(example)) continue;
      const { stderr, status } = cli.shell(`${runnable(example)} | head -c 100000; exit \${PIPESTATUS[0]}`);
      expect({ example, stderr, status: status === 141 ? 0 : status }).toEqual({ example, stderr: '', status: 0 });
    }
  });
});

/** The commands under "Examples:", without what stands beside them. */
function examples(help: string): readonly string[] {
  const [, text = ''] = help.split('\nExamples:\n');
  return [...text.matchAll(/^ {2}(btfly .*?)(?: {2}.*)?$/gm)].map(([, line = '']) => line.trimEnd());
}

/** In how many columns the texts of the options begin. */
function aligned(lines: readonly string[]): number {
  const options = lines.slice(lines.indexOf('Options:') + 1).filter((line) => /^ {2}-/.test(line));
  return new Set(options.map((line) => /^ {2}\S.*? {2,}(?=\S)/.exec(line)?.[0].length)).size;
}
