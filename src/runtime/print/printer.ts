// What a run has to say, in the order of saying it: the interface of the two printers, text and JSON. Texts are byte strings.
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { SourceText, Span } from '../../base/span.ts';
import type { ElementValue, MapModel } from '../value.ts';

/** A message of the script or of a helper that failed. */
export interface Complaint {
  readonly span: Span;
  readonly message: string;
}

export interface Printer {
  /** Number of attach points that are in place. */
  attached(probes: number): void;
  /** Output of printf(), time(), cat(), join(), system(). */
  output(kind: OutputKind, text: string): void;
  value(value: ElementValue): void;
  map(map: MapModel): void;
  /** errorf() and warnf(). */
  message(kind: 'errorf' | 'warnf', complaint: Complaint): void;
  /** @param returned minus errno; @param reason what strerror(3) says to it */
  helperError(complaint: Complaint, helper: string, returned: bigint, reason: string): void;
  runtimeError(complaint: Complaint): void;
  lostEvents(count: bigint): void;
  /** Comes once, before the maps that are left at the end. */
  beforeMaps(): void;
}

export type OutputKind = 'printf' | 'time' | 'cat' | 'join' | 'syscall';

/** Where printers write. */
export interface Sinks {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly source: SourceText;
  /** Nothing but what the script prints. */
  readonly quiet: boolean;
}

export function warning(complaint: Complaint): Diagnostic {
  return { code: 'runtime', severity: 'warning', span: complaint.span, message: complaint.message };
}
