// Words for the tests of the front end: parse a text, see its tree or its complaints.
import { DiagnosticSink, renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { SourceText } from '../../../src/base/span.ts';
import type { Script } from '../../../src/compile/lang/ast.ts';
import type { CPart } from '../../../src/ctype/cpart.ts';
import type { Types } from '../../../src/ctype/types.ts';
import { parse, type Parsed as FrontEnd } from '../../../src/compile/lang/parser.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { readerOfC } from '../../help/readc.ts';

export const builtins: ReadonlySet<string> = new Set(['pid', 'tid', 'uid', 'comm', 'nsecs', 'cpu', 'args', 'retval', 'curtask', 'arg0', 'arg1', 'arg2', 'true', 'false']);

export interface Given {
  readonly positional?: readonly string[];
  /** Defines BPFTRACE_HAVE_BTF. */
  readonly hasBtf?: boolean;
  readonly headers?: Parameters<typeof readerOfC>[0];
  readonly known?: Types;
}

export interface Parsed {
  readonly script: Script;
  readonly part: CPart | undefined;
  readonly missed: FrontEnd['missed'];
  /** As the user sees them. */
  readonly complaints: string;
}

const nothing = memoryTypes({ definitions: [] });

export function parseText(text: string, { positional = [], hasBtf = true, headers = {}, known = nothing }: Given = {}, name = 'stdin'): Parsed {
  const source = new SourceText(name, text);
  const sink = new DiagnosticSink();
  const c = { read: readerOfC(headers), known, defines: hasBtf ? ['BPFTRACE_HAVE_BTF'] : [] };
  const { script, part, missed } = parse(source, sink, { positional, c, isBuiltin: (each) => builtins.has(each) });
  return { script, part, missed, complaints: sink.all.map((each) => renderDiagnostic(source, each)).join('') };
}

/** The tree of a text that must be right. */
export function parseRight(text: string, given: Given = {}): Script {
  const { script, complaints } = parseText(text, given);
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
