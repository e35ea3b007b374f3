// Values of enumerators and sizes that print formats name: TRACE_DEFINE_ENUM() and TRACE_DEFINE_SIZEOF() leave them in the image, and the kernel puts
// them into the formats when it starts (kernel/trace/trace_events.c: trace_event_eval_update).
import type { Btf } from '../btf/btf.ts';
import type { ImageMemory } from '../image/memory.ts';
import { structure } from './members.ts';

/** By system, then by the text that is replaced: `TASK_COMM_LEN`, `sizeof(struct sockaddr_in6)`. */
export type Evals = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What lies in the image for these systems. */
export function readEvals(memory: ImageMemory, btf: Btf, systems: ReadonlySet<string>): Evals {
  const found = new Map<string, Map<string, string>>();
  const layout = structure(btf, 'trace_eval_map');
  const [system, text, value] = ['system', 'eval_string', 'eval_value'].map((name) => layout?.members.get(name)?.offset);
  if (layout === undefined || system === undefined || text === undefined || value === undefined) return found;
  for (const range of memory.data) {
    for (let at = 0; at + layout.size <= range.bytes.length; at += 8) {
      const systemPlace = memory.pointerIn(range.view, at + system);
      if (systemPlace < 0) continue;
      const textPlace = memory.pointerIn(range.view, at + text);
      if (textPlace < 0) continue;
      const name = memory.text(systemPlace, maxName);
      if (name === undefined || !systems.has(name)) continue;
      const replaced = memory.text(textPlace, maxName);
      if (replaced === undefined || !replaceable.test(replaced)) continue;
      const values = found.get(name) ?? new Map<string, string>();
      // The kernel goes through them in order: what was replaced once is not there for another.
      if (!values.has(replaced)) values.set(replaced, BigInt.asIntN(64, memory.u64(range.place + at + value) ?? 0n).toString());
      found.set(name, values);
    }
  }
  return found;
}

const maxName = 256;
const replaceable = /^(?:[A-Za-z_]\w*|sizeof\([^)]+\))$/;

/** A size in brackets: `char[TASK_COMM_LEN]`. */
export function replaceInType(type: string, values: ReadonlyMap<string, string> | undefined): string {
  return values === undefined ? type : type.replace(/\[([^\]]*)\]/, (whole, inside: string) => (values.has(inside) ? `[${values.get(inside)}]` : whole));
}

/** Names outside of strings, except those of members (kernel/trace/trace_events.c: update_event_printk). */
export function replaceInFormat(format: string, values: ReadonlyMap<string, string> | undefined): string {
  if (values === undefined) return format;
  return format.replace(token, (text) => values.get(text) ?? text);
}

/** A string, a number with its suffix, a sizeof, a name with the members behind it. */
const token = /"(?:\\[^]|[^"\\])*"|\d\w*|sizeof\([^)]*\)|[A-Za-z_]\w*(?:(?:\.|->)\w+)*/g;
