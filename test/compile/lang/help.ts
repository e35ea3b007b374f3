// Words for the tests of the front end: parse a text, see its tree or its complaints.
import { DiagnosticSink, renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { SourceText } from '../../../src/base/span.ts';
import type { Script } from '../../../src/compile/lang/ast.ts';
import { parse, type ParseOptions } from '../../../src/compile/lang/parser.ts';

export const builtins: ReadonlySet<string> = new Set(['pid', 'tid', 'uid', 'comm', 'nsecs', 'cpu', 'args', 'retval', 'curtask', 'arg0', 'arg1', 'arg2', 'true', 'false']);

export interface Parsed {
  readonly script: Script;
  /** As the user sees them. */
  readonly complaints: string;
}

export function parseText(text: string, options: Partial<ParseOptions> = {}, name = 'stdin'): Parsed {
  const source = new SourceText(name, text);
  const sink = new DiagnosticSink();
  const script = parse(source, sink, { positional: [], hasBtf: true, include: () => undefined, isBuiltin: (each) => builtins.has(each), ...options });
  return { script, complaints: sink.all.map((each) => renderDiagnostic(source, each)).join('') };
}

/** The tree of a text that must be right. */
export function parseRight(text: string, options: Partial<ParseOptions> = {}): Script {
  const { script, complaints } = parseText(text, options);
  if (complaints !== '') throw new Error(`${text}\n${complaints}`);
  return script;
}

/** A copy without places, so that trees of different texts can be compared. */
export function withoutSpans(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSpans);
  if (node instanceof Map) return [...node].map(withoutSpans);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).flatMap(([key, value]) => (/^(span|nameSpan)$/.test(key) ? [] : [[key, withoutSpans(value)]])));
}
