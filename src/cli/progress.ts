// One line on a terminal's stderr that says what long work is at; nothing where stderr is no terminal.
import { complain } from './print.ts';

export interface Progress {
  /** @param fraction 0 to 1, undefined when the end is not known; an empty text ends the line */
  (text: string, fraction?: number): void;
}

/** The line is redrawn in place and wiped when the work ends with an empty text. Only work that is long enough to say something asks what stderr is. */
export function progressLine(): Progress {
  let shown = false;
  return (text, fraction) => {
    if (text === '' && !shown) return;
    if (!process.stderr.isTTY) return;
    shown = text !== '';
    complain(`\r\u001b[K${text}${fraction === undefined || text === '' ? '' : ` ${Math.floor(fraction * 100)} %`}`);
  };
}
