// The code that the lowering makes, before anything is optimized: members, null pointers, unions, arguments, maps. What it computes is
// tested by running it (test/compile/language.test.ts).
import { expect, test } from 'vitest';
import { lowered } from '../sema/kernel.ts';

const cases: readonly (readonly [what: string, script: string, ir: string])[] = [
  ['a false predicate pays for nothing; an argument is a register', 'kprobe:tcp_sendmsg /arg1 > 5/ { @ = args.sk->family; }', `
func k_tcp_sendmsg(ctx)
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0+104]
  branch ugt v1, 5 ? body#1 : skip#2
body#1:
  v2 = load u64 [v0+112]
  v3 = probe read kernel u16 [v2]
  v4 = map data [at_] : memory
  store u16 [v4], v3
  store u64 [v4+8], 1
  return 0
skip#2:
  return 0
`],
  ['embedded members and constant elements are one offset', 'kprobe:tcp_close { @[1] = ((struct task_struct *)arg0)->limits[2].max + ((struct task_struct *)arg0)->real_parent->pid; }', `
func k_tcp_close(ctx)
  slot 0 value: 8 bytes, align 8
  slot 1 key: 8 bytes, align 8
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0+112]
  v2 = probe read kernel u64 [v1+96]
  v3 = load u64 [v0+112]
  v4 = probe read kernel u64 [v3+8]
  v5 = probe read kernel s32 [v4+32]
  v6 = add v2, v5
  v7 = slot 0 : memory
  store u64 [v7], v6
  v8 = slot 1 : memory
  store u64 [v8], 1
  v9 = map at_ : map
  v10 = helper map_update_elem(v9, v8, v7, 0)
  v11 = extend u32 v10
  branch eq v11, 0 ? stored#2 : full#1, likely then
full#1:
  v12 = map data [losses] : memory
  atomic add u64 [v12+8], 1
  jump stored#2
stored#2:
  return 0
`],
  ['bitfields are the smallest read that holds them, signed or not', 'kprobe:tcp_close { print(((struct task_struct *)arg0)->policy); }', `
func k_tcp_close(ctx)
entry#0:
  v0 = param 0 : ctx
  v1 = map events : map
  v2 = helper ringbuf_reserve(v1, 12, 0) : memory?
  branch ne v2, 0 ? event#1 : event.absent#2, likely then
event#1:
  store u64 [v2], 0
  v3 = load u64 [v0+112]
  v4 = probe read kernel u8 [v3+40]
  v5 = shl v4, 60
  v6 = ashr v5, 61
  store u32 [v2+8], v6
  helper ringbuf_submit(v2, 0)
  jump event.end#3
event.absent#2:
  v7 = map data [losses] : memory
  atomic add u64 [v7], 1
  jump event.end#3
event.end#3:
  return 0
`],
  ['pointers that the verifier knows are followed by loads, those that were loaded may be null', 'fentry:tcp_sendmsg /args.sk->socket->family == 2/ { }', `
func f_vmlinux_tcp_s(ctx)
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0] : btf
  v2 = load u64 [v1+8] : btf
  branch ne v2, 0 ? hop.0#1 : null#2, likely then
hop.0#1:
  v3 = load u16 [v2]
  jump chain.end#3
null#2:
  jump chain.end#3
chain.end#3:
  v4 = phi hop.0#1: v3, null#2: 0
  branch eq v4, 2 ? body#4 : skip#5
body#4:
  return 0
skip#5:
  return 0
`],
  ['the verifier takes a union for its first member: a helper reads the others', 'fentry:tcp_sendmsg /curtask->as_pointer == 0/ { }', `
func f_vmlinux_tcp_s(ctx)
entry#0:
  v0 = param 0 : ctx
  v1 = helper get_current_task_btf() : btf
  v2 = probe read kernel u64 [v1+48]
  branch eq v2, 0 ? body#1 : skip#2
body#1:
  return 0
skip#2:
  return 0
`],
  ['arguments beyond the registers are on the stack, small structs in two registers', 'kprobe:many /args.far == 1 && args.pair.max == 2/ { }', `
func k_many(ctx)
  slot 0 pair: 16 bytes, align 8
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0+152]
  v2 = probe read kernel s32 [v1+8]
  branch eq v2, 1 ? and.0#1 : skip#3
and.0#1:
  v3 = slot 0 : memory
  v4 = load u64 [v0+104]
  store u64 [v3], v4
  v5 = load u64 [v0+96]
  store u64 [v3+8], v5
  v6 = load u64 [v3+8]
  branch eq v6, 2 ? body#2 : skip#3
body#2:
  return 0
skip#3:
  return 0
`],
  ['fields of a tracepoint are loads; user memory is read as such', 'tracepoint:syscalls:sys_enter_openat /(*args.filename) == 47/ { }', `
func t_syscalls_sys_(ctx)
entry#0:
  v0 = param 0 : ctx
  v1 = load u64 [v0+24]
  v2 = probe read user s8 [v1]
  branch eq v2, 47 ? body#1 : skip#2
body#1:
  return 0
skip#2:
  return 0
`],
  ['an element that is missing reads as 0', 'kprobe:tcp_sendmsg /@m[arg0]/ { @m[arg0]++; }', `
func k_tcp_sendmsg(ctx)
  slot 0 key: 8 bytes, align 8
  slot 1 key: 8 bytes, align 8
  slot 2 first: 8 bytes, align 8
entry#0:
  v0 = param 0 : ctx
  v1 = slot 0 : memory
  v2 = load u64 [v0+112]
  store u64 [v1], v2
  v3 = map at_m : map
  v4 = helper map_lookup_elem(v3, v1) : memory?
  branch ne v4, 0 ? found#1 : found.end#2, likely then
found#1:
  v5 = load u64 [v4]
  jump found.end#2
found.end#2:
  v6 = phi entry#0: 0, found#1: v5
  branch ne v6, 0 ? body#3 : skip#9
body#3:
  v7 = slot 1 : memory
  v8 = load u64 [v0+112]
  store u64 [v7], v8
  v9 = map at_m : map
  v10 = helper map_lookup_elem(v9, v7) : memory?
  branch ne v10, 0 ? value#6 : missing#4, likely then
missing#4:
  v11 = slot 2 : memory
  zero [v11], 8
  store u64 [v11], 1
  v12 = map at_m : map
  v13 = helper map_update_elem(v12, v7, v11, 1)
  v14 = extend u32 v13
  branch eq v14, 0 ? value.end#8 : again#5, likely then
again#5:
  v15 = map at_m : map
  v16 = helper map_lookup_elem(v15, v7) : memory?
  branch ne v16, 0 ? value#6 : full#7, likely then
value#6:
  v17 = phi body#3: v10, again#5: v16 : memory?
  atomic add u64 [v17], 1
  jump value.end#8
full#7:
  v18 = map data [losses] : memory
  atomic add u64 [v18+8], 1
  jump value.end#8
value.end#8:
  return 0
skip#9:
  return 0
`],
];

test.each(cases)('%s', (_what, script, ir) => {
  expect(`\n${lowered(script)}`).toBe(ir);
});
