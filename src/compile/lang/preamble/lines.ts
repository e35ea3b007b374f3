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
  let inString = false;
  while (end < text.length && text[end] !== '\n') {
    const length = joinedLine(text, end) || (inString ? 0 : blockComment(text, end));
    if (!inString && text.startsWith('//', end)) {
      end = lineEnd(text, end);
      break;
    }
    if (text[end] === '"' && text[end - 1] !== '\\') inString = !inString;
    content += length > 0 ? ' ' : (text[end] ?? '');
    end += length > 0 ? length : 1;
  }
  const trimmed = content.trim();
  const name = /^[A-Za-z_]*/.exec(trimmed)?.[0] ?? '';
  return { name, rest: trimmed.slice(name.length).trimStart(), end };
}

/** Length of a line end that a backslash takes away. */
function joinedLine(text: string, at: number): number {
  if (text.startsWith('\\\n', at)) return 2;
  return text.startsWith('\\\r\n', at) ? 3 : 0;
}

function blockComment(text: string, at: number): number {
  if (!text.startsWith('/*', at)) return 0;
  const end = text.indexOf('*/', at + 2);
  return (end < 0 ? text.length : end + 2) - at;
}

/** Offset of the next line end that is not taken away. */
function lineEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== '\n') end += Math.max(1, joinedLine(text, end));
  return end;
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
  const content = text.slice(line, end);
  const open = content.lastIndexOf('/*');
  if (open < 0 || content.slice(0, open).includes('//')) return line;
  const close = text.indexOf('*/', line + open + 2);
  return close < 0 ? text.length : close < end ? line : close;
}
