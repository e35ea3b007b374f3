// Puts tracepoint events and system calls into the catalog. Formats and signatures are shared by content: the events of one class have one.
import { createHash } from 'node:crypto';
import type { EventFormat } from '../source/tracefs/format.ts';
import { Bulk } from './bulk.ts';
import type { Database, Statement } from './database.ts';

/** Where an event is known from; what the kernel itself says beats what its image's data say, and that what types say. */
export type EventSource = 'tracefs' | 'image' | 'btf';

/** `unique`: one class fits; `same-layout`: several do and are laid out alike; `ambiguous`: several differ. */
export type EventConfidence = 'exact' | 'unique' | 'same-layout' | 'ambiguous';

export interface KnownEvent {
  /** Row of the image that has it. */
  readonly image: number;
  /** Empty where only types tell. */
  readonly system: string;
  readonly name: string;
  readonly confidence: EventConfidence;
  /** undefined where it is ambiguous. */
  readonly format: EventFormat | undefined;
  /** What an ambiguous one may be. */
  readonly candidates: readonly { readonly class: string; readonly format: EventFormat }[];
}

export interface KnownSyscall {
  /** Without `sys_`. */
  readonly name: string;
  /** null where the source does not say. */
  readonly number: number | null;
  readonly args: readonly { readonly type: string; readonly name: string }[];
}

const rank: Readonly<Record<EventSource, number>> = { tracefs: 3, image: 2, btf: 1 };

const weakerThan = (source: EventSource): string => Object.entries(rank).flatMap(([each, value]) => (value < rank[source] ? [`'${each}'`] : [])).join(', ');

/**
 * Inside the writer's transaction; what the images had of this source has been taken away. Returns how many events of the source they have now:
 * those that a better source knows are left out.
 */
export function mergeEvents(db: Database, kernel: number, source: EventSource, events: readonly KnownEvent[], formats: EventFormats): number {
  const better = betterKnown(db, kernel, source);
  const weaker = weakerThan(source);
  for (const image of new Set(events.map((event) => event.image))) {
    db.prepare(`DELETE FROM event WHERE kernel = ? AND image = ? AND source IN (${weaker})`).run(kernel, image);
    db.prepare('DELETE FROM event_candidate WHERE kernel = ? AND image = ?').run(kernel, image);
  }
  const put = db.prepare('INSERT OR REPLACE INTO event (kernel, system, name, image, format, source, confidence) VALUES (?, ?, ?, ?, ?, ?, ?)');
  const candidate = db.prepare('INSERT OR REPLACE INTO event_candidate (kernel, image, name, class, format) VALUES (?, ?, ?, ?, ?)');
  let count = 0;
  for (const event of events) {
    if (better.has(`${event.image} ${event.name}`)) continue;
    put.run(kernel, event.system, event.name, event.image, event.format === undefined ? 0 : formats.idOf(event.format), source, event.confidence);
    for (const each of event.candidates) candidate.run(kernel, event.image, event.name, each.class, formats.idOf(each.format));
    count++;
  }
  return count;
}

function betterKnown(db: Database, kernel: number, source: EventSource): ReadonlySet<string> {
  const found = new Set<string>();
  const rows = db.prepare<[number], { image: number; name: string; source: EventSource }>('SELECT image, name, source FROM event WHERE kernel = ?');
  for (const row of rows.iterate(kernel)) if (rank[row.source] > rank[source]) found.add(`${row.image} ${row.name}`);
  return found;
}

/** Inside the writer's transaction. What images say has numbers and beats what tracefs says. Returns how many there are of the source. */
export function mergeSyscalls(db: Database, kernel: number, source: 'image' | 'tracefs', syscalls: readonly KnownSyscall[]): number {
  const find = db.prepare<[bigint], number>('SELECT id FROM syscall_signature WHERE hash = ?').pluck();
  const add = db.prepare('INSERT INTO syscall_signature (hash) VALUES (?)');
  const arg = db.prepare('INSERT INTO syscall_arg (signature, position, type, name) VALUES (?, ?, ?, ?)');
  const put = db.prepare(`INSERT ${source === 'image' ? 'OR REPLACE' : 'OR IGNORE'} INTO syscall (kernel, name, number, source, signature) VALUES (?, ?, ?, ?, ?)`);
  for (const { name, number, args } of syscalls) {
    const hash = digest64(args.map((each) => `${each.type}\0${each.name}`).join('\0\0'));
    let signature = find.get(hash);
    if (signature === undefined) {
      signature = Number(add.run(hash).lastInsertRowid);
      for (const [position, each] of args.entries()) arg.run(signature, position, each.type, each.name);
    }
    put.run(kernel, name, number, source, signature);
  }
  return syscalls.length;
}

/** System calls as the `sys_enter_*` events of tracefs have them. */
export function syscallsOfEvents(events: readonly { readonly system: string; readonly name: string; readonly format: EventFormat }[]): readonly KnownSyscall[] {
  return events.flatMap(({ system, name, format }) => {
    if (system !== 'syscalls' || !name.startsWith(enter)) return [];
    const fields = format.fields.filter((field) => !field.name.startsWith('common_') && field.name !== '__syscall_nr');
    return [{ name: name.slice(enter.length), number: null, args: fields.map((field) => ({ type: field.type, name: field.name })) }];
  });
}

const enter = 'sys_enter_';

/** Formats by content, for one transaction. */
export class EventFormats {
  readonly #ids = new Map<bigint, number>();
  readonly #find: Statement | undefined;
  readonly #formats: Bulk;
  readonly #fields: Bulk;
  #last: number;

  /** @param empty the catalog has no formats yet: nothing needs to be looked for */
  constructor(db: Database, empty: boolean) {
    this.#find = empty ? undefined : db.prepare('SELECT id FROM event_format WHERE hash = ?').pluck();
    this.#formats = new Bulk(db, 'event_format', ['id', 'print_format', 'hash']);
    this.#fields = new Bulk(db, 'event_field', ['format', 'position', 'name', 'type', 'array', 'offset', 'size', 'signed', 'location']);
    this.#last = Number(db.prepare('SELECT coalesce(max(id), 0) FROM event_format').pluck().get());
  }

  idOf(format: EventFormat): number {
    const hash = digest64([format.printFormat, ...format.fields.flatMap((field) => Object.values(field))].join('\0'));
    const known: unknown = this.#ids.get(hash) ?? this.#find?.get(hash);
    const id = typeof known === 'number' ? known : this.#add(format, hash);
    this.#ids.set(hash, id);
    return id;
  }

  /** Writes what is left. */
  end(): void {
    this.#formats.end();
    this.#fields.end();
  }

  #add(format: EventFormat, hash: bigint): number {
    const id = ++this.#last;
    this.#formats.add(id, format.printFormat, hash);
    format.fields.forEach((field, position) => {
      this.#fields.add(id, position, field.name, field.type, field.array, field.offset, field.size, field.signed ? 1 : 0, field.location);
    });
    return id;
  }
}

/** 64 bits of SHA-1, as SQLite's signed integer: formats are told apart by it, not protected. */
function digest64(text: string): bigint {
  return createHash('sha1').update(text, 'latin1').digest().readBigInt64BE(0);
}
