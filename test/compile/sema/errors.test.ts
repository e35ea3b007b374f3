// What the user is told of scripts that are wrong: texts and places as bpftrace has them, where it has them.
import { describe, expect, test } from 'vitest';
import { messages, said } from './kernel.ts';

/** script → its complaints: `1:2-3: ERROR: …`, `HINT: …` */
type Case = readonly [script: string, ...complaints: string[]];

function cases(rows: readonly Case[]): void {
  test.each(rows.map(([script, ...expected]) => ({ script, expected })))('$script', ({ script, expected }) => {
    expect(messages(script)).toEqual(expected);
  });
}

describe('all complaints come in one go, with the line and a mark under the place', () => {
  test('two errors', () => {
    expect(said('kprobe:tcp_close { fake; @x = $y; }')).toBe(`stdin:1:20-24: ERROR: Unknown identifier: 'fake'
kprobe:tcp_close { fake; @x = $y; }
                   ~~~~
stdin:1:31-33: ERROR: Undefined or undeclared variable: $y
kprobe:tcp_close { fake; @x = $y; }
                              ~~
`);
  });
});

describe('names', () => {
  cases([
    ['kprobe:tcp_close { comn }', "1:20-24: ERROR: Unknown identifier: 'comn'", 'HINT: Did you mean comm?'],
    ['kprobe:tcp_close { cont(1); }', "1:20-27: ERROR: Unknown function: 'cont'", 'HINT: Did you mean count?'],
    ['kprobe:tcp_close { $x = 1; if ($x) { $y = 2; } print($y); }', '1:54-56: ERROR: Undefined or undeclared variable: $y'],
    ['kprobe:tcp_close { let $x = 1; let $x = 2; }', '1:32-42: ERROR: Variable $x was already declared. Variable shadowing is not allowed.'],
    ['kprobe:tcp_close / @mymap == 123 / { 456; }', '1:20-26: WARNING: Undefined map: @mymap reads as 0, nothing is stored in it'],
    ['kprobe:tcp_close { print(@x); }', '1:26-28: ERROR: Undefined map: @x'],
    ['kprobe:tcp_close { zero(@x); }', '1:25-27: ERROR: Undefined map: @x'],
  ]);
});

describe('maps hold one type', () => {
  cases([
    ['kprobe:tcp_close { @x = 0; @x = "a"; }', "1:28-36: ERROR: Type mismatch for @x: trying to assign value of type 'string[2]' when map already has a type 'int8'"],
    ['kprobe:tcp_close { @x = 1; @x = count(); }', "1:33-40: ERROR: Type mismatch for @x: trying to assign value of type 'count_t' when map already has a type 'int8'"],
    ['kprobe:tcp_close { @ = count(); @ += 5 }', "1:33-39: ERROR: Type mismatch for @: trying to assign value of type 'uint64' when map already has a type 'count_t'"],
    ['begin { @x = 0; @x[1]; }', '1:17-22: ERROR: @x used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)'],
    ['begin { @x[1] = 0; @x; }', '1:20-22: ERROR: @x used as a map without an explicit key (scalar map), previously used with an explicit key (non-scalar map)'],
    ['begin { @x[1,2] = 0; @x[3]; }', "1:22-27: ERROR: Argument mismatch for @x: trying to access with arguments: 'int8' when map expects arguments: '(int8,int8)'"],
    ['begin { @x[1] = 0; @x[2,3]; }', "1:20-27: ERROR: Argument mismatch for @x: trying to access with arguments: '(int8,int8)' when map expects arguments: 'int8'"],
    ['begin { @x = hist(10); @y[@x] = 1; }', '1:27-29: ERROR: hist_t cannot be part of a map key'],
    ['kprobe:tcp_close { @y = count(); @x = @y; }',
      "1:34-41: ERROR: Map value 'count_t' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. `@x = count();`.",
      'HINT: Add a cast to integer if you want the value of the aggregate, e.g. `@x = (int64)@y;`.'],
    ['kprobe:tcp_close { @x = 1; @y = count(); @x = @y; }'],
    ['begin { @map[1, 2] = 1; for ($kv : @map) { @map[$kv.0] = 2; } }'],
    ['begin { @x[@y] = 5; @y = 1;}'],
    ['begin { @m[1] = (3, "hi"); $a = (1, "longer"); @m[2] = $a; @k["hi", (1, 2)] = 1; @k["hello", (300, 4)] = 2; }'],
  ]);
});

describe('variables hold one type', () => {
  cases([
    ['kprobe:tcp_close { $x = -1; $x = 10223372036854775807; }', "1:29-54: ERROR: Type mismatch for $x: trying to assign value of type 'uint64' when variable already has a type 'int8'"],
    ['begin { $a = (int64)1; $a = (uint64)2; }',
      '1:29-38: WARNING: Expression of type: uint64 being cast to type: int64. This may cause unexpected results. Use an explicit cast to suppress this warning.'],
    ['begin { @a = (uint64)5; @a = @a - 1; }',
      '1:14-23: WARNING: Expression of type: uint64 being cast to type: int64. This may cause unexpected results. Use an explicit cast to suppress this warning.'],
    ['kprobe:tcp_close { $x = (uint8)1; $x = -1; }'],
    ['kprobe:tcp_close { $x = (uint64)0; $x = (uint16)1; $y = 0; $y = nsecs; $z = (int8)1; $z = 100000; }'],
    ['kprobe:tcp_close { $x = (struct sock *)arg0; $x = (struct task_struct *)arg0; }',
      "1:46-77: ERROR: Type mismatch for $x: trying to assign value of type 'struct task_struct *' when variable already has a type 'struct sock *'"],
    ['kprobe:tcp_close { $x = printf("hi"); }', '1:20-37: ERROR: Invalid expression for assignment: void'],
    ['kprobe:tcp_close { let $x: uint8 = 300; }', "1:20-39: ERROR: Type mismatch for $x: trying to assign value of type 'int16' when variable already has a type 'uint8'"],
  ]);
});

describe('operators', () => {
  cases([
    ['kprobe:tcp_close { @ = hist(5); if (@ > 0) { print((1)); } }', "1:37-42: ERROR: Type mismatch for '>': comparing hist_t with int8"],
    ['kprobe:tcp_close { $x = comm + 1; }', '1:25-33: ERROR: The + operator can not be used on expressions of types string, int'],
    ['kprobe:tcp_close { $x = comm == 1; }', "1:25-34: ERROR: Type mismatch for '==': comparing string[16] with int8"],
    ['kprobe:tcp_close { $x = ~comm; }', "1:25-30: ERROR: The ~ operator can not be used on expressions of type 'string[16]'"],
    ['kprobe:tcp_close { $x = *comm; }', "1:25-30: ERROR: Can not dereference type 'string[16]'. It is not a pointer."],
    ['kprobe:tcp_close { $x = pid < 10 ? 3 : "s"; }', "1:25-43: ERROR: Branches must return the same type or compatible types: have 'int8' and 'string[2]'"],
    ['kprobe:tcp_close / kstack / { 123 }', '1:20-26: ERROR: Invalid condition: kstack'],
    ['kprobe:tcp_close { @x = (int64)-1; @y = @x / 5; }', "1:41-47: WARNING: signed operands for '/' can lead to undefined behavior (cast to unsigned to silence warning)"],
    ['kprobe:tcp_close { @x = nsecs; @y = (nsecs - @x) / 1000; }'],
    ['kprobe:tcp_close { @ = -1 + arg0 }', "1:24-33: WARNING: arithmetic on integers of different signs: 'int8' and 'uint64' can lead to undefined behavior"],
    ['kprobe:tcp_close /-1 < arg0/ {}', "1:19-28: WARNING: comparison of integers of different signs: 'int8' and 'uint64' can lead to undefined behavior"],
    ['kprobe:tcp_close /1 < arg0/ { @ = arg0 + 1; }'],
    ['kprobe:tcp_close { $x = 5 / 0; }', '1:25-30: ERROR: unable to fold: literal division by 0'],
  ]);
});

describe('members and elements', () => {
  cases([
    ['kprobe:tcp_close { $s = (struct sock *)arg0; $s->famly }', "1:46-55: ERROR: Struct/union of type 'struct sock' does not contain a field named 'famly'", 'HINT: Did you mean family?'],
    ['kprobe:tcp_close { (1234)->field }', "1:21-33: ERROR: Can not access field 'field' on expression of type 'int16'"],
    ['kprobe:tcp_close { curtask->files->x }', '1:20-37: ERROR: Cannot resolve unknown type "struct files_struct"'],
    ['kprobe:tcp_close { args.skk }', "1:20-28: ERROR: Can't find function parameter skk", 'HINT: Did you mean sk?'],
    ['tracepoint:sched:sched_switch { args.pid }', "1:33-41: ERROR: Struct/union of type 'struct tracepoint:sched:sched_switch_args' does not contain a field named 'pid'", 'HINT: Did you mean next_pid?'],
    ['kprobe:tcp_close { $x = "foo"; printf("%c", $x[4]); }', '1:47-50: ERROR: the index 4 is out of bounds for array of size 4'],
    ['kprobe:tcp_close { curtask->weights[8] }', '1:36-39: ERROR: the index 8 is out of bounds for array of size 8'],
    ['kprobe:tcp_close { $i = (int64)1; curtask->weights[$i] }', '1:35-55: ERROR: The array index operator [] only accepts positive (unsigned) integer indices. Got int64.'],
    ['kprobe:tcp_close { $t = (1, 2); print($t.2); }', '1:39-43: ERROR: Invalid tuple index: 2. Found 2 elements in tuple.'],
  ]);
});

describe('casts', () => {
  cases([
    ['begin { (struct faketype *)cpu }', '1:10-27: ERROR: Cannot resolve unknown type "struct faketype"'],
    ['begin { (faketype)cpu }', '1:10-18: ERROR: Cannot resolve unknown type "faketype"'],
    ['begin { (struct sok *)cpu }', '1:10-22: ERROR: Cannot resolve unknown type "struct sok"', 'HINT: Did you mean struct sock?'],
    ['begin { (struct sock)cpu }', '1:9-22: ERROR: Cannot cast from "uint64" to "struct sock"'],
    ['begin { $s = (struct sock *)cpu; (uint32)*$s; }', '1:34-42: ERROR: Cannot cast from struct type "struct sock"'],
    ['begin { @ = hist(5); print((1, (uint16)@)); }', '1:32-40: ERROR: Cannot cast from "hist_t" to "uint16"'],
    ['begin { print((enum state)3); }', "1:15-27: ERROR: Enum: state doesn't contain a variant value of 3"],
    ['begin { print((enum Bar)1); }', '1:15-25: ERROR: Unknown enum: Bar'],
    ['begin { $a = (bool)kstack; }', '1:14-20: ERROR: Cannot cast from "kstack_bpftrace_127" to "bool"'],
    ['begin { $a = (string[2])"hello"; }', '1:14-25: ERROR: Cannot cast from "string[6]" to "string[2]"'],
    ['begin { $a = (string[10])"hello"; $b = (bool)"str"; $c = (int64)true; $d = (int8[8])1; $e = (u32)5; $f = (pid_t)-1; $g = (enum state)7; }'],
  ]);
});

describe('attach points', () => {
  cases([
    ['kprobe:tcp_sendmsgg { 1 }', '1:1-20: ERROR: No matches for kprobe tcp_sendmsgg.', 'HINT: Did you mean tcp_sendmsg, tcp_recvmsg?'],
    ['kprobe:mod:tcp_sendmsg { 1 }', '1:1-23: ERROR: No matches for kprobe mod:tcp_sendmsg.', 'HINT: Did you mean tcp_sendmsg, tcp_recvmsg?'],
    ['kprobe:udp_* { 1 }', '1:1-13: ERROR: No matches for kprobe udp_*.'],
    ['kprobe:udp_*,kprobe:tcp_close { 1 }', '1:1-13: WARNING: No matches for kprobe udp_*. Skipping.'],
    ['config = { missing_probes = "warn" } kprobe:udp { 1 } begin { 1 }', '1:38-48: WARNING: No matches for kprobe udp. Skipping.'],
    ['config = { missing_probes = "ignore" } kprobe:udp { 1 } begin { 1 }'],
    ['config = { missing_probes = "warn" } kprobe:udp { 1 }', '1:1-54: ERROR: No probes to attach', '1:38-48: WARNING: No matches for kprobe udp. Skipping.'],
    ['kprob:tcp_close { 1 }', '1:1-16: ERROR: Invalid probe type: kprob', 'HINT: Did you mean kprobe?'],
    ['usdt:/bin/sh:x { 1 }', '1:1-15: ERROR: usdt probes are not supported yet'],
    ['interval:unit:100 { 1 }', '1:1-18: ERROR: Invalid interval unit: unit', 'HINT: interval units are hz, s, ms, us'],
    ['profile:hz:0 { 1 }', '1:1-13: ERROR: profile frequency should be a positive integer'],
    ['software:tomato:1 { 1 }', '1:1-18: ERROR: tomato is not a software probe',
      'HINT: cpu-clock, task-clock, page-faults, context-switches, cpu-migrations, minor-faults, major-faults, alignment-faults, emulation-faults, dummy, bpf-output'],
    ['self:signal:sighup { 1 }', '1:1-19: ERROR: sighup is not a supported signal'],
    ['tracepoint:sched { 1 }', '1:1-17: ERROR: tracepoint probe type requires 2 arguments, found 1'],
    ['kprobe:finish_task_switch { @ = count(); }', '1:1-26: WARNING: finish_task_switch is not a function of this kernel, only its clone finish_task_switch.isra.0 is: attaching to that'],
    ['kprobe:finish_task_switch { args.prev }',
      '1:1-26: WARNING: finish_task_switch is not a function of this kernel, only its clone finish_task_switch.isra.0 is: attaching to that',
      '1:29-38: ERROR: kprobe:finish_task_switch.isra.0: arguments by name cannot be trusted: the compiler changed its arguments',
      'HINT: use arg0, arg1, … and a cast'],
    ['kprobe:tcp_* { args.size }', '1:1-13: WARNING: 3 of 4 matches have no argument size (tcp_recvmsg is one): they are left out'],
    ['config = { max_bpf_progs = 2 } kprobe:tcp_* { probe }',
      '1:32-44: ERROR: Your program is trying to generate more than 4 BPF programs, which exceeds the current limit of 2',
      'HINT: You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable.'],
  ]);
});

describe('macros, loops, settings', () => {
  cases([
    ['macro twice(e) { e * 2 } begin { print(twice(1, 2)); }',
      '1:40-51: ERROR: Call to macro has no matching definitions, expected 1 arguments, found 2: twice',
      "1:40-51: ERROR: Unknown function: 'twice'"],
    ['macro again() { again() } begin { again(); }', '1:17-24: ERROR: Recursive macro call: again'],
    ['begin { break; }', '1:9-14: ERROR: break used outside of a loop'],
    ['begin { unroll(101) { 1 } }', '1:9-26: ERROR: unroll maximum value is 100'],
    ['begin { @x = 1; for ($kv : @x) { } }', '1:28-30: ERROR: @x has no explicit keys (scalar map), and cannot be used for iteration'],
    ['config = { max_strln = 5 } begin { 1 }', '1:12-25: ERROR: Unrecognized config variable: max_strln', 'HINT: Did you mean max_strlen?'],
    ['config = { missing_probes = "maybe" } begin { 1 }', '1:12-36: ERROR: Invalid value for missing_probes: maybe'],
    ['let @m = fastmap(10); begin { @m[1] = 1; }', '1:1-21: ERROR: Invalid bpf map type: fastmap', 'HINT: Valid map types: hash, lruhash, percpuhash, percpulruhash'],
    ['let @m = hash(10); begin { @m[1] = count(); }', '1:1-18: ERROR: Incompatible map types. Type from declaration: hash. Type from value/key type: percpuhash'],
  ]);
});
