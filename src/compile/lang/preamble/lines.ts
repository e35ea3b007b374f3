// Lines of the preprocessor: a directive with its continuations, and the lines of a branch that is not taken.

export interface DirectiveLine {
  /** `define`, `if`; '' for a lone `#`. */
  readonly name: string;
  /** What follows the name: comments are blanks, continuations are joined. */
  readonly rest: string;
  /** Offset of the line end. */
  readonly end: number;
}

/** The directive whose `#` is at `at`. */
export function directiveLine(text: string, at: number): DirectiveLine {
  let content = '';
  let end = at + 1;
  while (end < text.length && text[end] !== '\n') {
    const length = hole(text, end);
    if (length > 0) content += ' ';
    else content += text[end] ?? '';
    end += length > 0 ? length : 1;
  }
  const match = /^\s*([A-Za-z_]*)\s*([^]*?)\s*$/.exec(withoutLineComment(content));
  return { name: match?.[1] ?? '', rest: match?.[2] ?? '', end };
}

/** Length of what counts as a blank at `at`: a joined line end or a block comment. */
function hole(text: string, at: number): number {
  if (text.startsWith('\\\n', at)) return 2;
  if (text.startsWith('\\\r\n', at)) return 3;
  if (!text.startsWith('/*', at)) return 0;
  const end = text.indexOf('*/', at + 2);
  return (end < 0 ? text.length : end + 2) - at;
}

/** Cuts `// …` off, unless it stands in a string. */
function withoutLineComment(line: string): string {
  return /^((?:[^"/]|\/(?!\/)|"(?:[^"\\]|\\.)*"?)*)/.exec(line)?.[1] ?? line;
}

/**
 * From the end of a directive line over the lines of its branch: the offset of the `#` of the #elif, #else or #endif that ends it,
 * undefined when the text ends first. Nothing in between is looked at but conditionals and block comments.
 */
export function skippedLines(text: string, from: number): number | undefined {
  let nested = 0;
  for (let line = nextLine(text, from); line < text.length; line = nextLine(text, line)) {
    conditional.lastIndex = line;
    const match = conditional.exec(text);
    if (match === null) {
      line = commentBehind(text, line);
      continue;
    }
    const [all, indent = '', name = ''] = match;
    if (name.startsWith('if')) nested++;
    else if (nested === 0) return line + indent.length;
    else if (name === 'endif') nested--;
    line += all.length;
  }
  return undefined;
}

const conditional = /([ \t]*)#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b/y;

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** When a block comment opens on this line and does not close there, its end; else `line`. */
function commentBehind(text: string, line: number): number {
  const end = nextLine(text, line);
  const open = text.lastIndexOf('/*', end - 1);
  if (open < line || text.slice(line, open).includes('//')) return line;
  const close = text.indexOf('*/', open + 2);
  return close < 0 ? text.length : close < end ? line : close;
}
