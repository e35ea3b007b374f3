// Records of the ring buffer: one row an event kind; the handler of an event is made when its first record comes.
import { closeSync, openSync, readSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { FormatError } from '../base/errors.ts';
import type { RunConfig, EventSpec } from '../bpf/spec.ts';
import { eventHeaderSize } from '../bpf/spec.ts';
import type { Layout } from '../bpf/layout.ts';
import { clockNow } from '../sys/clock.ts';
import type { Memory } from './decode.ts';
import { decoder, memoryOf } from './decode.ts';
import { formatter } from './format.ts';
import type { Printer } from './print/printer.ts';
import { valueText } from './print/valuetext.ts';
import type { Resolver } from './resolver.ts';
import { strerror } from './strerror.ts';
import { strftime } from './strftime.ts';
import type { UserMapReader } from './usermap.ts';

export interface EventContext {
  readonly printer: Printer;
  readonly resolver: Resolver;
  /** By name of the MapSpec. */
  readonly maps: ReadonlyMap<string, UserMapReader>;
  readonly config: RunConfig;
  /** False: warnings are swallowed. */
  readonly warnings: boolean;
  /** Text for people, beside the output: a byte string. */
  readonly complain: (text: string) => void;
  /** What was printed goes out before others write to the same place. */
  readonly flush: () => void;
  /** exit() was called. */
  readonly exit: (code: number) => void;
}

/** Handles the payload at that offset; `size` bytes are there. */
type Handler = (memory: Memory, offset: number, size: number) => void;

export class EventHandlers {
  readonly #events: readonly EventSpec[];
  readonly #context: EventContext;
  readonly #handlers: (Handler | undefined)[] = [];
  #memory: Memory | undefined;

  constructor(events: readonly EventSpec[], context: EventContext) {
    this.#events = events;
    this.#context = context;
  }

  /** Handles one record: u64 event id, payload. Throws FormatError for an id that no event has. */
  handle(view: DataView, offset: number, size: number): void {
    if (this.#memory?.view !== view) this.#memory = memoryOf(view);
    const id = view.getUint32(offset, true);
    const handler = (this.#handlers[id] ??= this.#make(id, offset));
    handler(this.#memory, offset + eventHeaderSize, size - eventHeaderSize);
  }

  #make(id: number, offset: number): Handler {
    const event = this.#events[id];
    if (event === undefined) throw new FormatError('ring buffer', offset, `event ${id}, there are ${this.#events.length}`);
    return (makers[event.kind] as Make<EventSpec['kind']>)(event as never, this.#context);
  }
}

type Make<K> = (event: Extract<EventSpec, { kind: K }>, context: EventContext) => Handler;

const makers: { readonly [K in EventSpec['kind']]: Make<K> } = {
  printf: ({ format, payload }, { printer, resolver }) => {
    const text = formatter(format, payload, resolver);
    return (memory, at) => { printer.output('printf', text(memory, at)); };
  },
  errorf: (event, context) => message('errorf', event, context),
  warnf: (event, context) => (context.warnings ? message('warnf', event, context) : () => undefined),
  system: ({ format, payload }, { printer, resolver, flush }) => {
    const text = formatter(format, payload, resolver);
    return (memory, at) => {
      flush();
      printer.output('syscall', shell(text(memory, at)));
    };
  },
  cat: ({ format, payload }, { printer, resolver, config, complain }) => {
    const path = formatter(format, payload, resolver);
    return (memory, at) => {
      const name = path(memory, at);
      const read = readHead(name, config.maxCatBytes);
      if (read.text === undefined) complain(`ERROR: failed to open file '${name}' (${read.reason})\n`);
      else printer.output('cat', read.text);
    };
  },
  print: ({ payload }, { printer, resolver }) => {
    const decode = decoder(payload, resolver);
    return (memory, at) => { printer.value(decode(memory, at)); };
  },
  printElement: ({ map }, { printer, maps }) => {
    const reader = mapOf(maps, map);
    return (memory, at, size) => {
      const value = reader.element(memory.bytes.subarray(at, at + size));
      if (value !== undefined) printer.value(value);
    };
  },
  printMap: ({ map, payload }, { printer, maps, resolver }) => {
    const reader = mapOf(maps, map);
    const selection = numbers(payload, resolver);
    return (memory, at) => {
      const [top = 0n, div = 0n] = selection(memory, at);
      printer.map(reader.read({ top, div }).model);
    };
  },
  clear: ({ map }, { maps }) => {
    const reader = mapOf(maps, map);
    return () => { reader.clear(); };
  },
  zero: ({ map }, { maps }) => {
    const reader = mapOf(maps, map);
    return () => { reader.zero(); };
  },
  exit: ({ payload }, { exit, resolver }) => {
    const code = numbers(payload, resolver);
    return (memory, at) => { exit(Number(BigInt.asUintN(8, code(memory, at)[0] ?? 0n))); };
  },
  time: ({ format }, { printer }) => {
    return () => { printer.output('time', strftime(format, clockNow('realtime'))); };
  },
  join: ({ separator, payload }, { printer, resolver }) => {
    const decode = decoder(payload, resolver);
    return (memory, at) => {
      const value = decode(memory, at);
      const [count, strings] = value.kind === 'tuple' ? value.elements : [];
      const all = strings?.kind === 'array' ? strings.elements : [];
      printer.output('join', all.slice(0, count?.kind === 'int' ? Number(count.value) : 0).map(valueText).join(separator));
    };
  },
  helperError: ({ helper, message: text, payload, span }, { printer, resolver, warnings }) => {
    const code = numbers(payload, resolver);
    return (memory, at) => {
      const [returned = 0n] = code(memory, at);
      if (warnings) printer.helperError({ span, message: text }, helper, returned, strerror(Number(-returned)));
    };
  },
  runtimeError: ({ message: text, span }, { printer, warnings }) => () => {
    if (warnings) printer.runtimeError({ span, message: text });
  },
};

function message(kind: 'errorf' | 'warnf', { format, payload, span }: Extract<EventSpec, { format: unknown; payload: unknown }>, { printer, resolver }: EventContext): Handler {
  const text = formatter(format, payload, resolver);
  return (memory, at) => { printer.message(kind, { span, message: text(memory, at) }); };
}

function mapOf(maps: ReadonlyMap<string, UserMapReader>, name: string): UserMapReader {
  const map = maps.get(name);
  if (map === undefined) throw new RangeError(`event: there is no map ${name}`);
  return map;
}

/** The integers of a payload: one, or those of a tuple. */
function numbers(payload: Layout, resolver: Resolver): (memory: Memory, offset: number) => readonly bigint[] {
  const decode = decoder(payload, resolver);
  return (memory, at) => {
    const value = decode(memory, at);
    return (value.kind === 'tuple' ? value.elements : [value]).map((part) => (part.kind === 'int' ? part.value : 0n));
  };
}

/** Output and errors of a shell command, in the order in which they came. The run waits for it. */
function shell(command: string): string {
  const done = spawnSync('/bin/sh', ['-c', `exec 2>&1\n${Buffer.from(command, 'latin1').toString('utf8')}`], { stdio: ['inherit', 'pipe', 'inherit'], maxBuffer: 1 << 30 });
  return done.stdout.toString('latin1');
}

type Reading = { readonly text: string } | { readonly text: undefined; readonly reason: string };

function readHead(name: string, size: number): Reading {
  try {
    const fd = openSync(Buffer.from(name, 'latin1'), 'r');
    try {
      const bytes = Buffer.alloc(size);
      let filled = 0;
      for (let got = 1; got > 0 && filled < size; filled += got) got = readSync(fd, bytes, filled, size - filled, null);
      return { text: bytes.toString('latin1', 0, filled) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const table: Readonly<Record<string, number>> = constants.errno;
    return { text: undefined, reason: strerror(table[String(error.code)] ?? 0) };
  }
}
