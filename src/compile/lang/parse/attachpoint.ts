// Attach points are raw text: `uprobe:"/a b/c":f`, `kprobe:tcp_*`, `interval:s:$1`. They end at a blank, a comma or a brace.
import type { Span } from '../../../base/span.ts';
import type { AttachPoint } from '../ast.ts';
import { isBlank } from '../lexer.ts';

export interface AttachPointRead {
  readonly point: AttachPoint;
  /** Offset behind it. */
  readonly end: number;
}

/** The attach point that starts at `at`, undefined when nothing does. A quote that is not closed is complained about. */
export function readAttachPoint(text: string, at: number, positional: readonly string[], complain: (span: Span, message: string) => void): AttachPointRead | undefined {
  // A predicate, or what would be a directive at the start of a line.
  if (text[at] === '/' || text[at] === '#') return undefined;
  const parts: { text: string; span: Span }[] = [];
  let part = '';
  let from = at;
  let end = at;
  const close = (): void => {
    parts.push({ text: part, span: { start: from, end } });
    part = '';
    from = end + 1;
  };
  for (; !endsPoint(text[end]); ) {
    const quoted = text[end] === '"' ? readQuoted(text, end) : undefined;
    const parameter = quoted === undefined ? parameterAt(text, end, positional) : undefined;
    if (quoted !== undefined) {
      if (!quoted.closed) complain({ start: quoted.end, end: quoted.end }, 'unterminated string');
      part += quoted.value;
      end = quoted.end;
    } else if (parameter !== undefined) {
      part += parameter.value;
      end = parameter.end;
    } else {
      if (text[end] === ':') close();
      else part += text[end] ?? '';
      end++;
    }
  }
  if (end === at) return undefined;
  close();
  const label = /^([A-Za-z_]\w*)=/.exec(parts[0]?.text ?? '')?.[1];
  const provider = (parts[0]?.text ?? '').slice(label === undefined ? 0 : label.length + 1);
  const point = { text: text.slice(at, end), provider, parts: parts.slice(1), span: { start: at, end } };
  return { point: label === undefined ? point : { ...point, label }, end };
}

function endsPoint(character: string | undefined): boolean {
  return character === undefined || character === ',' || character === '{' || character === '}' || character === ';' || isBlank(character);
}

function readQuoted(text: string, at: number): { value: string; end: number; closed: boolean } {
  let value = '';
  for (let end = at + 1; end < text.length; end++) {
    const character = text[end] ?? '';
    if (character === '"') return { value, end: end + 1, closed: true };
    if (character === '\\' && (text[end + 1] === '"' || text[end + 1] === '\\')) end++;
    value += text[end] ?? '';
  }
  return { value, end: text.length, closed: false };
}

function parameterAt(text: string, at: number, positional: readonly string[]): { value: string; end: number } | undefined {
  parameter.lastIndex = at;
  const match = parameter.exec(text);
  if (match === null) return undefined;
  const value = match[1] === '#' ? String(positional.length) : (positional[Number(match[1]) - 1] ?? '');
  return { value, end: parameter.lastIndex };
}

const parameter = /\$(#|\d+)/y;
