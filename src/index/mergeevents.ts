// Puts tracepoint events into the catalog. Formats are shared by content: the events of one class have one.
import { createHash } from 'node:crypto';
import type { Event } from '../source/tracefs/tracefs.ts';
import { Bulk } from './bulk.ts';
import type { Database } from './database.ts';
import type { ImageKey } from './mergetypes.ts';

/**
 * Inside the writer's transaction; the image has no events before. Returns how many it has now.
 * @param empty the catalog has no formats yet: nothing needs to be looked for
 */
export function mergeEvents(db: Database, image: ImageKey, events: readonly Event[], empty: boolean): number {
  const find = empty ? undefined : db.prepare<[bigint], number>('SELECT id FROM event_format WHERE hash = ?').pluck();
  const formats = new Bulk(db, 'event_format', ['id', 'print_format', 'hash']);
  const fields = new Bulk(db, 'event_field', ['format', 'position', 'name', 'type', 'array', 'offset', 'size', 'signed', 'location']);
  const have = new Bulk(db, 'event', ['kernel', 'system', 'name', 'image', 'format']);
  const ids = new Map<bigint, number>();
  let last = Number(db.prepare('SELECT coalesce(max(id), 0) FROM event_format').pluck().get());
  for (const { system, name, format } of events) {
    const hash = digest64([format.printFormat, ...format.fields.flatMap((field) => Object.values(field))].join('\0'));
    let id = ids.get(hash) ?? find?.get(hash);
    if (id === undefined) {
      const fresh = ++last;
      formats.add(fresh, format.printFormat, hash);
      format.fields.forEach((field, position) => {
        fields.add(fresh, position, field.name, field.type, field.array, field.offset, field.size, field.signed ? 1 : 0, field.location);
      });
      id = fresh;
    }
    ids.set(hash, id);
    have.add(image.kernel, system, name, image.id, id);
  }
  for (const bulk of [formats, fields, have]) bulk.end();
  return events.length;
}

/** 64 bits of SHA-1, as SQLite's signed integer: formats are told apart by it, not protected. */
function digest64(text: string): bigint {
  return createHash('sha1').update(text, 'latin1').digest().readBigInt64BE(0);
}
