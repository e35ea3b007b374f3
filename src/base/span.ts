// A place in a source text. Trees hold offsets only; line and column are computed when something is printed.

/** Half-open range of UTF-16 offsets into one SourceText. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const noSpan: Span = { start: 0, end: 0 };

/** The smallest span that covers both. */
export function cover(a: Span, b: Span): Span {
  return { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}

export interface Position {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

/** A named text with a lazily built table of line starts. */
export class SourceText {
  #lineStarts: number[] | undefined;

  /**
   * @param name what messages call it: a file name, `stdin`
   * @param hidden lines at the start that are not the user's (`--include`): the line behind them is line 1
   */
  constructor(
    readonly name: string,
    readonly text: string,
    readonly hidden = 0,
  ) {}

  position(offset: number): Position {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1 - this.hidden, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Text of a line (counted from 1) without its line end. */
  line(number: number): string {
    const starts = this.#starts();
    const start = starts[number - 1 + this.hidden] ?? this.text.length;
    const end = starts[number + this.hidden] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }

  #starts(): readonly number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}
