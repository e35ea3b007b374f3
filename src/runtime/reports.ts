// Everything that a run says: events as they come, losses, and the maps at the end.
import { SourceText } from '../base/span.ts';
import type { Spec } from '../bpf/spec.ts';
import { internalMaps } from '../bpf/spec.ts';
import type { Closable } from '../sys/fd.ts';
import { RingReader } from '../sys/ring.ts';
import type { Ending } from './ending.ts';
import { EventHandlers } from './events.ts';
import type { Links } from './links.ts';
import type { Program } from './load.ts';
import { Losses, recursions } from './losses.ts';
import type { Machine } from './machine.ts';
import type { Maps } from './maps.ts';
import type { RunOptions } from './options.ts';
import type { Outputs } from './outputs.ts';
import { jsonPrinter } from './print/json.ts';
import type { Printer } from './print/printer.ts';
import { textPrinter } from './print/text.ts';
import { makeResolver } from './resolver.ts';
import { UserMapReader } from './usermap.ts';

export interface ReportsOf {
  readonly machine: Machine;
  readonly maps: Maps;
  readonly ending: Ending;
  readonly outputs: Outputs;
}

export class Reports implements Closable {
  readonly #spec: Spec;
  readonly #printer: Printer;
  readonly #outputs: Outputs;
  readonly #losses: Losses;
  readonly #maps: ReadonlyMap<string, UserMapReader>;
  readonly #ring: RingReader | undefined;
  /** What END writes is wanted even when exit() was called. */
  #finished = false;
  #missed: readonly string[] = [];
  /** Neither signals nor an idle ring keep Node's event loop alive. */
  readonly #alive = setInterval(() => undefined, 2 ** 30);

  constructor(spec: Spec, options: RunOptions, { machine, maps, ending, outputs }: ReportsOf) {
    this.#spec = spec;
    this.#outputs = outputs;
    this.#losses = new Losses(maps);
    this.#printer = (options.format === 'json' ? jsonPrinter : textPrinter)({
      out: outputs.out,
      err: outputs.err,
      source: new SourceText(spec.source.name, spec.source.text, spec.source.hidden),
      quiet: options.quiet,
    });
    const resolver = makeResolver({
      symbols: () => machine.symbols,
      fs: machine.fs,
      trailer: spec.config.truncationTrailer,
      frames: (map, hash) => maps.get(map)?.lookup(new Uint8Array(BigUint64Array.of(hash).buffer)),
      ...(options.userSymbols === undefined ? {} : { userSymbols: options.userSymbols }),
    });
    this.#maps = new Map(
      spec.maps.flatMap(({ name, user }): [string, UserMapReader][] => {
        const map = maps.get(name);
        return user === undefined || map === undefined ? [] : [[name, new UserMapReader(map, user, machine.cpus, resolver)]];
      }),
    );
    const handlers = new EventHandlers(spec.events, {
      printer: this.#printer,
      resolver,
      maps: this.#maps,
      config: spec.config,
      warnings: options.warnings,
      complain: outputs.err,
      flush: outputs.flush,
      exit: (code) => {
        ending.status = code;
        ending.reach({ kind: 'exit' });
      },
    });
    this.#ring = this.#openRing(maps, handlers, ending);
  }

  attached(probes: number): void {
    this.#printer.attached(probes);
    const notice = process.env[notifyVariable];
    if (notice !== undefined) this.#outputs.out(`${notifyVariable}\n`);
    this.#outputs.flush();
  }

  /** Handles what BEGIN left, then listens. */
  start(): void {
    this.#ring?.drain();
    this.#ring?.start();
  }

  /** No more events are written. @param exited what came behind exit() is not wanted */
  finish(exited: boolean): void {
    this.#ring?.stop();
    if (exited) this.#ring?.discard();
    else this.#ring?.drain();
    this.#finished = true;
  }

  /** Asks the links what they missed, before they are closed. */
  missed(links: Links): void {
    this.#missed = links.missed();
  }

  /** END has run. */
  end(programs: readonly Program[]): void {
    this.#ring?.drain();
    this.#printer.beforeMaps();
    if (this.#spec.config.printMapsOnExit) this.#printMaps();
    this.#outputs.flush();
    for (const line of [...this.#losses.summary(), ...recursions(programs), ...this.#missed]) this.#outputs.err(`WARNING: ${line}\n`);
  }

  close(): void {
    clearInterval(this.#alive);
    this.#ring?.close();
  }

  #printMaps(): void {
    const readers = [...this.#maps.values()].sort((a, b) => (a.user.name < b.user.name ? -1 : 1));
    for (const reader of readers) {
      const { model, present } = reader.read();
      if (present) this.#printer.map(model);
    }
  }

  #openRing(maps: Maps, handlers: EventHandlers, ending: Ending): RingReader | undefined {
    const map = maps.get(internalMaps.ring);
    if (map === undefined) return undefined;
    return new RingReader(map.fd, map.options.maxEntries, {
      onRecord: (view, offset, size) => {
        handlers.handle(view, offset, size);
        return this.#finished || ending.reason?.kind !== 'exit';
      },
      onPause: () => {
        this.#outputs.pause();
        this.#losses.check((count) => { this.#printer.lostEvents(count); });
      },
      onError: (error) => { ending.reach({ kind: 'failed', error }); },
    });
  }
}

/** bpftrace's test suite waits for this line. */
const notifyVariable = '__BPFTRACE_NOTIFY_PROBES_ATTACHED';
