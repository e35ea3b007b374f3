// An image's memory with events in it, and the BTF that says how they lie there (include/linux/trace_events.h).
import { BtfWriter, type MemberOptions } from '../help/btfwriter.ts';

/** Where the memory begins. */
export const address = 0xffffffff82000000n;

export function eventTypes(): Uint8Array {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  const long = btf.int('long unsigned int', 8);
  const char = btf.int('unsigned char', 1);
  const short = btf.int('short unsigned int', 2);
  const text = btf.ptr(char);
  const struct = (name: string, ...members: readonly (readonly [string, number, number])[]): number => {
    let offset = 0;
    const listed = members.map(([member, type, bytes]): MemberOptions => {
      const at = offset;
      offset += bytes;
      return { name: member, type, offset: at * 8 };
    });
    return btf.struct(name, (offset + 7) & ~7, listed);
  };
  struct('trace_entry', ['type', short, 2], ['flags', char, 1], ['preempt_count', char, 1], ['pid', int, 4]);
  struct('tracepoint', ['name', text, 8]);
  struct('trace_event_fields', ['type', text, 8], ['name', text, 8], ['size', int, 4], ['align', int, 4], ['is_signed', int, 4], ['filter_type', int, 4]);
  struct('trace_event_class', ['system', text, 8], ['fields_array', text, 8]);
  struct('trace_event_call', ['class', text, 8], ['name', text, 8], ['print_fmt', text, 8]);
  struct('trace_eval_map', ['system', text, 8], ['eval_string', text, 8], ['eval_value', long, 8]);
  struct('syscall_metadata', ['name', text, 8], ['syscall_nr', int, 4], ['nb_args', int, 4], ['types', text, 8], ['args', text, 8]);
  return btf.bytes();
}

/** Two events of one class, an enumerator to be replaced and a system call. */
export function eventMemory(): Uint8Array {
  const words: bigint[] = [];
  const strings: string[] = [];
  const wordBytes = 8 * 64;
  const text = (value: string): bigint => {
    const at = strings.reduce((sum, each) => sum + each.length + 1, 0);
    strings.push(value);
    return address + BigInt(wordBytes + at);
  };
  const place = (): bigint => address + BigInt(8 * words.length);
  const fields = place();
  const pair = (low: number, high: number): bigint => BigInt(low) | (BigInt(high) << 32n);
  words.push(text('pid_t'), text('pid'), pair(4, 4), pair(1, 0));
  words.push(text('char[TASK_COMM_LEN]'), text('comm'), pair(16, 1), pair(0, 0));
  words.push(text('__data_loc char[]'), text('path'), pair(4, 4), pair(0, 0));
  words.push(0n, 0n, 0n, 0n);
  const eventClass = place();
  words.push(text('sched'), fields);
  for (const name of ['fork', 'exit']) {
    const tracepoint = place();
    words.push(text(name));
    words.push(eventClass, tracepoint, text('"pid=%d comm=%s", REC->pid, __print_symbolic(REC->x, { TASK_COMM_LEN, "len" })'));
  }
  words.push(text('sched'), text('TASK_COMM_LEN'), 16n);
  const types = place();
  words.push(text('int'), text('const char *'));
  const names = place();
  words.push(text('dfd'), text('filename'));
  words.push(text('sys_openat'), pair(0xffffffff, 2), types, names);
  const out = Buffer.alloc(wordBytes + 2048);
  words.forEach((word, index) => out.writeBigUInt64LE(word, 8 * index));
  out.write(strings.map((each) => `${each}\0`).join(''), wordBytes, 'latin1');
  return new Uint8Array(out);
}
