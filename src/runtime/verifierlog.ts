// Reads the verifier's log: what it says in one line, and which instruction it was at.
import type { Span } from '../base/span.ts';

export interface Rejection {
  readonly summary: string;
  readonly span: Span | undefined;
}

/** @param spans script text of each slot of the program */
export function rejection(log: string, spans: readonly (Span | null)[]): Rejection {
  const lines = log.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !statistics.test(line));
  const summary = lines.findLast((line) => !traced.test(line) && !state.test(line)) ?? lines.at(-1) ?? '';
  const at = lines.findLast((line) => traced.test(line));
  // Before the program is walked, its jumps are checked: then the message alone names the instruction.
  const slot = at === undefined ? /\binsn (\d+)/.exec(summary)?.[1] : traced.exec(at)?.[1];
  return { summary, span: slot === undefined ? undefined : spanOf(spans, Number(slot)) };
}

/** `12: (85) call bpf_map_lookup_elem#1 …` */
const traced = /^(\d+): \([0-9a-f]{2}\)/;
/** `13: R0=scalar() …`, `from 12 to 15: …`, source lines (`; …`), and the list of functions. */
const state = /^(\d+: [RF0-9(]|from \d+ to \d+|;|func#|mark_precise|last_idx|regs=|parent |(?:cur|old) state:)/;
const statistics = /^(processed \d+ insns|verification time|stack depth|max_states|total_states|Live regs before insn:)/;

/** An instruction that no text made belongs to what stands before it. */
function spanOf(spans: readonly (Span | null)[], slot: number): Span | undefined {
  for (let at = Math.min(slot, spans.length - 1); at >= 0; at--) {
    const span = spans[at];
    if (span) return span;
  }
  return undefined;
}
