// What did not make it: counted inside the kernel, told while it happens and named at the end.
import { internalMaps, lossKinds } from '../bpf/spec.ts';
import { milliseconds } from '../sys/clock.ts';
import type { Fd } from '../sys/fd.ts';
import { missedProbes } from '../sys/link.ts';
import { progInfo } from '../sys/prog.ts';
import type { Program } from './load.ts';
import type { Maps } from './maps.ts';
import { memoryOf } from './decode.ts';

type LossKind = (typeof lossKinds)[number];

const endText: Readonly<Record<LossKind, (count: bigint) => string>> = {
  ring: (count) => `Total lost event count: ${count}`,
  mapFull: (count) =>
    `Map full; can't update element. Try increasing max_map_keys config or manually setting the max entries in a map declaration e.g. \`let @a = hash(5000)\` (${count} updates were lost)`,
  stack: (count) => `${count} stacks were lost: the table of stacks was full`,
};

/** Milliseconds between looks while events come. */
const interval = 100;

export class Losses {
  readonly #maps: Maps;
  #told = 0n;
  #lookedAt = 0;

  constructor(maps: Maps) {
    this.#maps = maps;
  }

  /** Calls back with the number of events that were lost since the last call; looks at most ten times a second. */
  check(tell: (count: bigint) => void, now = milliseconds()): void {
    if (now - this.#lookedAt < interval) return;
    this.#lookedAt = now;
    const lost = this.#count('ring') - this.#told;
    if (lost === 0n) return;
    this.#told += lost;
    tell(lost);
  }

  /** A line for each kind that happened. */
  summary(): readonly string[] {
    return lossKinds.flatMap((kind) => {
      const count = this.#count(kind);
      return count === 0n ? [] : [endText[kind](count)];
    });
  }

  #count(kind: LossKind): bigint {
    const value = this.#maps.get(internalMaps.losses)?.lookup(new Uint8Array(4));
    return value === undefined ? 0n : memoryOf(value).view.getBigUint64(8 * lossKinds.indexOf(kind), true);
  }
}

/** Runs that programs skipped because they were running already on that CPU. */
export function recursions(programs: readonly Program[]): readonly string[] {
  return programs.flatMap(({ spec, fd }) => {
    if (spec.attach.kind === 'begin' || spec.attach.kind === 'end') return [];
    const { recursionMisses } = progInfo(fd);
    return recursionMisses === 0n ? [] : [`${spec.title}: ${recursionMisses} runs were skipped: the program was running already on that CPU`];
  });
}

/** Ask before the links are closed. */
export function missedRuns(links: readonly Fd[]): readonly string[] {
  return links.flatMap((link) => {
    const missed = link.closed || !/kprobe|kretprobe/.test(link.what) ? 0n : missedProbes(link);
    return missed === 0n ? [] : [`${link.what.replace(/^link /, '')}: ${missed} calls were missed: too many at once, or a probe inside a probe`];
  });
}
