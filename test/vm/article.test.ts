// The article's commands on Debian's 6.1 and 6.12, beside a load whose size is counted at both ends.
// Where the article waits ten seconds, the test waits three.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { article } from './article.ts';
import { kernel } from './kernels.ts';
import type { Load } from './load.ts';
import { startLoad } from './load.ts';
import type { Machine } from './machine.ts';
import { boot } from './machine.ts';
import { root } from './paths.ts';
import { quote } from './quote.ts';
import { trace } from './session.ts';

const folder = join(root, 'test/vm/article');
const btfly = join(root, 'bin/btfly');

describe.skipIf(inject('vmMissing') !== '').each(['6.1', '6.12'] as const)('%s', (series) => {
  let machine: Machine;
  let load: Load;
  beforeAll(async () => {
    machine = await boot(kernel(series));
    load = await startLoad(machine);
  });
  afterAll(async () => { await machine.close(); });

  test.each(article)('btfly $command', async (row) => {
    const { command, attaches, seconds, during, ask = '' } = row;
    const result = await trace(machine, load, {
      command: `(cd ${quote(folder)} && exec ${quote(btfly)} ${command.replace('interval:s:10', 'interval:s:3')})`,
      seconds,
      during,
    });
    try {
      expect(result.status).toBe(0);
      const said = attaches === undefined ? '' : `Attached ${attaches} probe${attaches === 1 ? '' : 's'}\n`;
      if (row.stderr) expect(result.stderr).toMatch(row.stderr);
      else expect(result.stderr).toBe(said);
      expect(result.stderr).toContain(said);
      row.expect(result, (await machine.run(ask)).stdout);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\nstdout:\n${result.stdout}\nstderr:\n${result.stderr}\nstatus: ${result.status}`, { cause: error });
    }
  });

  test('nothing is left behind', async () => {
    const left = await machine.run('cat /sys/kernel/debug/kprobes/list /sys/kernel/tracing/kprobe_events /sys/kernel/tracing/enabled_functions; ls /sys/fs/bpf');
    expect(left).toEqual({ stdout: '', stderr: '', status: 0 });
  });
});
