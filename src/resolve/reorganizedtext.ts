// A better order for the members of a struct, as pahole's -R shows one.
import type { RecordDefinition } from '../ctype/ctype.ts';
import type { Layouts } from './layout.ts';
import { PaholePrinter, type PaholeStyle } from './pahole.ts';
import { plural } from '../base/plural.ts';
import { reorganize } from './reorganize.ts';
import { hasHoles } from './sizes.ts';

/** `name size smaller saved`, with tabs between, as pahole's --packable; bytes. Without a better order the smaller size is the size. */
export function packableLine(layouts: Layouts, record: RecordDefinition): string {
  const { savedBytes } = reorganize(layouts, layouts.of(record));
  return `${record.name ?? ''}\t${record.size}\t${record.size - savedBytes}\t${savedBytes}\n`;
}

/** Whether a better order makes it smaller. */
export function isPackable(layouts: Layouts, record: RecordDefinition): boolean {
  return hasHoles(layouts, record) && reorganize(layouts, layouts.of(record)).savedBytes > 0;
}

/** The struct in its new order, what moved and what that saves; in its own order where there is no better one. */
export function reorganizedText(layouts: Layouts, record: RecordDefinition, style: PaholeStyle = {}): string {
  const { record: better, savedBytes, savedCachelines, moved } = reorganize(layouts, layouts.of(record));
  const lines = savedBytes === 0 ? ['no better order was found'] : [
    `saved ${plural(savedBytes, 'byte')}${savedCachelines > 0 ? ` and ${plural(savedCachelines, 'cacheline')}` : ''}`,
    `moved: ${moved.join(', ')}`,
    'a hint: alignment that was asked for, and what must stand together, is not known',
  ];
  return new PaholePrinter(layouts, style).text(better) + lines.map((line) => `/* ${line} */\n`).join('');
}
