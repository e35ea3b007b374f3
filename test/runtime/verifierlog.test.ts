import { describe, expect, test } from 'vitest';
import { rejection } from '../../src/runtime/verifierlog.ts';

const spans = [{ start: 0, end: 5 }, null, { start: 10, end: 15 }, { start: 20, end: 25 }];

/** As 6.1, 6.12 and 6.18 print them. */
const logs: readonly (readonly [what: string, log: string, summary: string, start: number | undefined])[] = [
  [
    'a load past the context',
    '0: R1=ctx() R10=fp0\n0: (79) r0 = *(u64 *)(r1 +4096)\nfunc \'bpf_prog\' doesn\'t have 513-th argument\ninvalid bpf_context access off=4096 size=8\nprocessed 1 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n',
    'invalid bpf_context access off=4096 size=8', 0,
  ],
  [
    'source lines and states between',
    'reg type unsupported for arg#0 function begin#12\n0: R1=ctx(off=0,imm=0) R10=fp0\n; @x = 1 @ stdin:1\n0: (b7) r2 = 1                        ; R2_w=1\n1: (18) r1 = 0xffff888103d9f400       ; R1_w=map_ptr(ks=4,vs=8)\n3: (85) call bpf_map_lookup_elem#1\nR2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value\nverification time 55 usec\nstack depth 0\nprocessed 3 insns (limit 1000000)\n',
    'R2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value', 20,
  ],
  [
    'an instruction without text of its own',
    '0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n1: (61) r3 = *(u32 *)(r0 +0)\nR0 invalid mem access \'scalar\'\nprocessed 2 insns\n',
    "R0 invalid mem access 'scalar'", 0,
  ],
  [
    'a branch gone back to',
    'from 1 to 3: R0=0 R10=fp0\n3: (79) r1 = *(u64 *)(r0 +0)\nR0 invalid mem access \'map_value_or_null\'\nprocessed 4 insns\n',
    "R0 invalid mem access 'map_value_or_null'", 20,
  ],
  ['jumps are checked first', 'jump out of range from insn 2 to 7\nprocessed 0 insns\n', 'jump out of range from insn 2 to 7', 10],
  ['code that nothing reaches', 'unreachable insn 3\nprocessed 0 insns\n', 'unreachable insn 3', 20],
  [
    'a loop without end', '2: (85) call bpf_map_lookup_elem#1\ninfinite loop detected at insn 3\ncur state: R0=map_value(ks=4,vs=24) R6=2000 R10=fp0\nold state: R0=map_value(ks=4,vs=24) R6=P2000 R10=fp0\nprocessed 40 insns\n',
    'infinite loop detected at insn 3', 10,
  ],
  ['too long a walk', '0: R1=ctx() R10=fp0\n2: (05) goto pc-1\nBPF program is too large. Processed 1000001 insn\nprocessed 1000001 insns\n', 'BPF program is too large. Processed 1000001 insn', 10],
  ['a message without any place', 'combined stack size of 2 calls is 832. Too large\nprocessed 0 insns\n', 'combined stack size of 2 calls is 832. Too large', undefined],
];

describe('the reason and its place', () => {
  test.each(logs)('%s', (_, log, summary, start) => {
    const found = rejection(log, spans);
    expect(found.summary).toBe(summary);
    expect(found.span?.start).toBe(start);
  });
});
