// Columns of numbers in one blob: each takes as many bytes a number as its biggest needs. Little-endian, as the machines are that this program runs on.

/** Whole numbers from 0. */
export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Text is a column of its UTF-8 bytes. */
export type ColumnValues = readonly number[] | Uint8Array;

/** A head of bytes a number and how many for each column; then the columns, each from a multiple of 8 on. */
export function writeColumns(columns: readonly ColumnValues[]): Buffer {
  const kinds = columns.map((values) => narrowest(values));
  const starts: number[] = [];
  let end = aligned(4 + 8 * columns.length);
  for (const [at, values] of columns.entries()) {
    starts.push(end);
    end = aligned(end + (kinds[at] ?? Uint8Array).BYTES_PER_ELEMENT * values.length);
  }
  const buffer = new ArrayBuffer(end);
  const head = new Uint32Array(buffer, 0, 1 + 2 * columns.length);
  head[0] = columns.length;
  for (const [at, values] of columns.entries()) {
    const kind = kinds[at] ?? Uint8Array;
    head[1 + 2 * at] = kind.BYTES_PER_ELEMENT;
    head[2 + 2 * at] = values.length;
    new kind(buffer, starts[at], values.length).set(values);
  }
  return Buffer.from(buffer);
}

/** What `writeColumns` wrote, in place. Throws RangeError for anything else. */
export function readColumns(content: Buffer): readonly Column[] {
  // Columns are looked at where they lie, which wants them aligned.
  const { buffer, byteOffset } = content.byteOffset % 8 === 0 ? content : new Uint8Array(content);
  const [count = 0] = new Uint32Array(buffer, byteOffset, 1);
  const head = new Uint32Array(buffer, byteOffset, 1 + 2 * count);
  const columns: Column[] = [];
  let start = aligned(4 + 8 * count);
  for (let at = 0; at < count; at++) {
    const kind = columnKinds[head[1 + 2 * at] ?? 0];
    const length = head[2 + 2 * at] ?? 0;
    if (kind === undefined || start + kind.BYTES_PER_ELEMENT * length > content.length) throw new RangeError(`catalog: column ${at} of a pack is damaged`);
    columns.push(new kind(buffer as ArrayBuffer, byteOffset + start, length));
    start = aligned(start + kind.BYTES_PER_ELEMENT * length);
  }
  return columns;
}

/** By bytes a number. */
const columnKinds: Readonly<Record<number, ColumnKind>> = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array };

type ColumnKind = Uint8ArrayConstructor | Uint16ArrayConstructor | Uint32ArrayConstructor | Float64ArrayConstructor;

function narrowest(values: ColumnValues): ColumnKind {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most < 0x100 ? Uint8Array : most < 0x1_0000 ? Uint16Array : most < 0x1_0000_0000 ? Uint32Array : Float64Array;
}

function aligned(offset: number): number {
  return (offset + 7) & ~7;
}
