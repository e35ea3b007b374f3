// The reading end of a BPF ring buffer: batches of records, cut by time, so that signals and timers get their turn.
import { SysError } from '../base/errors.ts';
import type { NativeRing } from './addon.ts';
import { addon } from './addon.ts';
import { milliseconds } from './clock.ts';
import type { Closable, Fd } from './fd.ts';
import { check, errnoName } from './syserror.ts';

/** Handles one record: the bytes view[offset .. offset + size]. They stay valid. False: what follows is not wanted any more. */
export type OnRecord = (view: DataView, offset: number, size: number) => boolean;

/** Bytes copied out of the ring at a time. */
const batchSize = 256 << 10;
/** Milliseconds that handlers may take before the event loop has its turn. */
const slice = 5;

/** struct bpf_ringbuf_hdr: u32 length with two flags, u32 page offset. */
const headerSize = 8;
const discardFlag = 0x4000_0000;
const lengthMask = 0x3fff_ffff;

export interface RingCallbacks {
  readonly onRecord: OnRecord;
  /** Called after each slice of records, before the event loop goes on. */
  readonly onPause: () => void;
  /** Takes what the others throw while the event loop calls them; `drain` throws it to its caller. */
  readonly onError: (error: unknown) => void;
}

export class RingReader implements Closable {
  readonly #native: NativeRing;
  readonly #callbacks: RingCallbacks;
  #rest: Batch | undefined;
  #started = false;
  #ended = false;

  /** @param size bytes of the ring: its max_entries */
  constructor(map: Fd, size: number, callbacks: RingCallbacks) {
    this.#native = mapRing(map, size, (bytes) => {
      this.#rest = { view: new DataView(bytes), at: 0 };
      this.#goOn();
    });
    this.#callbacks = callbacks;
  }

  /** Records are handled as they come, from the event loop. */
  start(): void {
    this.#started = true;
    check('epoll_ctl(ring)', this.#native.start());
  }

  /** Handles what is there, at once and to the end. */
  drain(): void {
    this.#handle(Infinity);
    for (let bytes = this.#native.read(); bytes !== undefined; bytes = this.#native.read()) {
      this.#rest = { view: new DataView(bytes), at: 0 };
      this.#handle(Infinity);
    }
    this.#callbacks.onPause();
  }

  /** Throws away what is there; what comes later is handled again. */
  discard(): void {
    this.#rest = undefined;
    while (this.#native.read() !== undefined);
    this.#ended = false;
  }

  stop(): void {
    this.#started = false;
    this.#native.stop();
  }

  close(): void {
    this.stop();
    this.#rest = undefined;
    this.#native.close();
  }

  /** A batch that takes longer than its slice is gone on with on the next turn; meanwhile the ring is not asked. */
  #goOn(): void {
    try {
      this.#handle(milliseconds() + slice);
      this.#callbacks.onPause();
    } catch (error) {
      this.#rest = undefined;
      this.#ended = true;
      this.#callbacks.onError(error);
    }
    if (this.#rest === undefined) {
      if (this.#started) this.#native.start();
      return;
    }
    this.#native.stop();
    setImmediate(() => { this.#goOn(); });
  }

  #handle(until: number): void {
    const batch = this.#rest;
    if (batch === undefined) return;
    const { view } = batch;
    for (let handled = 1; batch.at < view.byteLength && !this.#ended; handled++) {
      const header = view.getUint32(batch.at, true);
      const size = header & lengthMask;
      const payload = batch.at + headerSize;
      batch.at = payload + Math.ceil(size / 8) * 8;
      if ((header & discardFlag) === 0 && !this.#callbacks.onRecord(view, payload, size)) this.#ended = true;
      if (handled % 16 === 0 && milliseconds() > until) return;
    }
    this.#rest = undefined;
  }
}

interface Batch {
  readonly view: DataView;
  at: number;
}

function mapRing(map: Fd, size: number, onBatch: (bytes: ArrayBuffer) => void): NativeRing {
  try {
    return new (addon().Ring)(map.number, size, batchSize, onBatch);
  } catch (cause) {
    if (cause instanceof Error && 'errno' in cause && typeof cause.errno === 'number') throw new SysError('mmap', cause.errno, errnoName(cause.errno), map.what);
    throw cause;
  }
}
