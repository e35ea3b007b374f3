// What is wrong with the user's text: collected in a sink, rendered the way the field knows it.
import type { SourceText, Span } from './span.ts';

export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  /** Stable kebab-case name, for tests and documentation. */
  readonly code: string;
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
  /** Further places that belong to it, each rendered like a diagnostic of its own. */
  readonly notes?: readonly { readonly span: Span; readonly message: string }[];
}

export interface DiagnosticExtra {
  readonly hint?: string;
  readonly notes?: readonly { readonly span: Span; readonly message: string }[];
}

/** Collects diagnostics of one source; the same diagnostic at the same place is kept once. */
export class DiagnosticSink {
  readonly #seen = new Set<string>();
  readonly #all: Diagnostic[] = [];

  get all(): readonly Diagnostic[] {
    return this.#all;
  }

  get failed(): boolean {
    return this.#all.some((diagnostic) => diagnostic.severity === 'error');
  }

  add(diagnostic: Diagnostic): void {
    const key = `${diagnostic.span.start}:${diagnostic.span.end}:${diagnostic.severity}:${diagnostic.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#all.push(diagnostic);
  }

  error(code: string, span: Span, message: string, extra: DiagnosticExtra = {}): void {
    this.add({ code, severity: 'error', span, message, ...extra });
  }

  warn(code: string, span: Span, message: string, extra: DiagnosticExtra = {}): void {
    this.add({ code, severity: 'warning', span, message, ...extra });
  }
}

/**
 * Renders as bpftrace does: `stdin:1:12-16: ERROR: …`, the source line, `~~~~` under the span, `HINT: …`.
 * The marker line keeps the tabs of the source line, so that the marks stand under their text.
 */
export function renderDiagnostic(source: SourceText, diagnostic: Diagnostic): string {
  const lines = [place(source, diagnostic.span, labels[diagnostic.severity], diagnostic.message)];
  for (const note of diagnostic.notes ?? []) lines.push(place(source, note.span, labels.note, note.message));
  if (diagnostic.hint !== undefined) lines.push(`HINT: ${diagnostic.hint}\n`);
  return lines.join('');
}

const labels: Readonly<Record<Severity, string>> = { error: 'ERROR', warning: 'WARNING', note: 'NOTE' };

function place(source: SourceText, span: Span, label: string, message: string): string {
  const start = source.position(span.start);
  const end = source.position(Math.max(span.end, span.start));
  if (start.line !== end.line) return `${source.name}:${start.line}-${end.line}: ${label}: ${message}\n`;
  const text = source.line(start.line);
  const indent = text.slice(0, start.column - 1).replace(/[^\t]/g, ' ');
  const marks = '~'.repeat(Math.max(1, end.column - start.column));
  return `${source.name}:${start.line}:${start.column}-${end.column}: ${label}: ${message}\n${text}\n${indent}${marks}\n`;
}
