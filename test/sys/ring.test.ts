import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { callHelper, encode, exit, jumpImm, loadImm64, mov, movImm, store } from '../../src/bpf/asm.ts';
import { helpers } from '../../src/bpf/helpers.ts';
import { BPF_PSEUDO_MAP_FD } from '../../src/bpf/insn.ts';
import type { Fd} from '../../src/sys/fd.ts';
import { openFds, Owner } from '../../src/sys/fd.ts';
import { BpfMap } from '../../src/sys/map.ts';
import { progLoad, progTestRun } from '../../src/sys/prog.ts';
import { RingReader } from '../../src/sys/ring.ts';
import { rootTest } from '../help/root.ts';

const size = 1 << 20;
const magic = 0x1122334455667788n;
let owner: Owner;
let prog: Fd;
let seen: bigint[];
let pauses: number;
let ring: RingReader;
let take: (value: bigint) => boolean;

beforeEach(async () => {
  owner = new Owner();
  seen = [];
  pauses = 0;
  take = (value) => {
    seen.push(value);
    return true;
  };
  if (process.getuid?.() !== 0) return;
  const map = owner.adopt(BpfMap.create({ name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: size, flags: 0 }, 1));
  prog = owner.adopt(await writer(map));
  ring = owner.adopt(
    new RingReader(map.fd, size, {
      onRecord: (view, offset, bytes) => {
        if (bytes !== 16 || view.getBigUint64(offset, true) !== magic) throw new Error(`a record of ${bytes} bytes that nobody wrote`);
        return take(view.getBigUint64(offset + 8, true));
      },
      onPause: () => { pauses++; },
      onError: (error) => { throw error; },
    }),
  );
});

afterEach(() => {
  owner.close();
  expect(openFds()).toEqual([]);
});

/** Writes { magic, n } for n = 99 … 0: 100 records a run. */
async function writer(map: BpfMap): Promise<Fd> {
  const loop = [
    { code: 0x07, dst: 6, src: 0, off: 0, imm: -1 },
    loadImm64(1, magic),
    store(8, 10, -16, 1),
    store(8, 10, -8, 6),
    loadImm64(1, BigInt(map.fd.number), BPF_PSEUDO_MAP_FD),
    mov(2, 10),
    { code: 0x07, dst: 2, src: 0, off: 0, imm: -16 },
    movImm(3, 16),
    movImm(4, 0),
    callHelper(helpers.ringbuf_output.id),
  ];
  const code = encode([movImm(6, 100), ...loop, jumpImm('jne', 6, 0, -13), movImm(0, 0), exit()]);
  const result = await progLoad({ name: 'writer', type: 'raw_tracepoint', attachType: 'none', code, license: 'GPL', logLevel: 0, logSize: 1 << 20 }, false);
  if (result.fd === undefined) throw new Error(result.log);
  return result.fd;
}

const expected = (runs: number): bigint[] => Array.from({ length: runs * 100 }, (_, n) => BigInt(99 - (n % 100)));

describe('records', () => {
  rootTest('are drained in order', () => {
    progTestRun(prog);
    progTestRun(prog);
    ring.drain();
    expect(seen).toEqual(expected(2));
  });

  rootTest('come from the event loop', async () => {
    ring.start();
    progTestRun(prog);
    while (seen.length < 100) await sleep(1);
    progTestRun(prog);
    while (seen.length < 200) await sleep(1);
    expect(seen).toEqual(expected(2));
  });

  rootTest('go round the ring many times', () => {
    // 24 bytes a record: 400 runs are 960 KB, nearly a whole ring, so that later rounds begin anywhere and wrap.
    for (let round = 0; round < 5; round++) {
      seen.length = 0;
      for (let n = 0; n < 400; n++) progTestRun(prog);
      ring.drain();
      expect(seen).toEqual(expected(400));
    }
  });

  rootTest('that take long leave the event loop its turns', async () => {
    for (let n = 0; n < 100; n++) progTestRun(prog);
    let turns = 0;
    const timer = setInterval(() => { turns++; }, 1);
    take = (value) => {
      const until = performance.now() + 0.02;
      while (performance.now() < until);
      seen.push(value);
      return true;
    };
    ring.start();
    while (seen.length < 10_000) await sleep(1);
    clearInterval(timer);
    expect(seen).toEqual(expected(100));
    // 10,000 × 0.02 ms are 200 ms in slices of 5, each followed by the timers that are due.
    expect(pauses).toBeGreaterThanOrEqual(20);
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  rootTest('behind one that is the last are not handled, until discard()', () => {
    take = (value) => {
      seen.push(value);
      return value !== 95n;
    };
    progTestRun(prog);
    ring.drain();
    progTestRun(prog);
    ring.drain();
    expect(seen).toEqual([99n, 98n, 97n, 96n, 95n]);
    ring.discard();
    progTestRun(prog);
    ring.drain();
    expect(seen).toHaveLength(10);
  });

  rootTest('are not asked for any more after stop() and close()', async () => {
    ring.start();
    ring.stop();
    progTestRun(prog);
    await sleep(20);
    expect(seen).toEqual([]);
    ring.close();
    ring.close();
  });
});
