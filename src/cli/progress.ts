// One line on a terminal's stderr that says what long work is at; nothing where stderr is no terminal.

export interface Progress {
  /** @param fraction 0 to 1, undefined when the end is not known */
  (text: string, fraction?: number): void;
}

/** The line is redrawn in place and wiped when the work ends with an empty text. */
export function progressLine(): Progress | undefined {
  if (!process.stderr.isTTY) return undefined;
  let shown = false;
  return (text, fraction) => {
    if (text === '' && !shown) return;
    shown = text !== '';
    process.stderr.write(`\r\u001b[K${text}${fraction === undefined || text === '' ? '' : ` ${Math.floor(fraction * 100)} %`}`);
  };
}
