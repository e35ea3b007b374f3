// What is said of wrong uses: texts and places as bpftrace 0.27 gives them, where it has them.
import { describe, expect, test } from 'vitest';
import { analysed } from './analysed.ts';

/** script → its complaints, without the file name. */
type Case = readonly [script: string, ...complaints: string[]];

function complaintsOf(script: string, unsafe = false): readonly string[] {
  return analysed(script, { unsafe }).lines.map((line) => line.replace(/^stdin:/, ''));
}

describe('number of arguments', () => {
  test.each<Case>([
    ['BEGIN { @ = count(1); }', '1:13-21: ERROR: count() requires no arguments (1 provided)'],
    ['BEGIN { @ = sum(); }', '1:13-18: ERROR: sum() requires one argument (0 provided)'],
    ['BEGIN { @ = hist(); }', '1:13-19: ERROR: hist() requires at least one argument (0 provided)'],
    ['BEGIN { @ = hist(1,2,3); }', '1:13-24: ERROR: hist() takes up to 2 arguments (3 provided)'],
    ['BEGIN { @ = lhist(1,2,3); }', '1:13-25: ERROR: lhist() requires 4 arguments (3 provided)'],
    ['BEGIN { print(); }', '1:9-16: ERROR: print() requires at least one argument (0 provided)'],
    ['BEGIN { @=1; print(@,2,3,4); }', '1:14-28: ERROR: print() takes up to 3 arguments (4 provided)'],
    ['BEGIN { clear(); }', '1:9-16: ERROR: clear() requires one argument (0 provided)'],
    ['BEGIN { exit(1, 2); }', '1:9-19: ERROR: exit() takes up to one argument (2 provided)'],
    ['BEGIN { $x = str(); }', '1:14-19: ERROR: str() requires at least one argument (0 provided)'],
    ['BEGIN { time("a", 1); }', '1:9-21: ERROR: time() takes up to one argument (2 provided)'],
    ['BEGIN { $x = strftime("a"); }', '1:14-27: ERROR: strftime() requires 2 arguments (1 provided)'],
    ['BEGIN { $x = nsecs(boot, 1); }', '1:14-28: ERROR: nsecs() takes up to one argument (2 provided)'],
    ['BEGIN { $x = kstack(1,2,3); }', '1:14-27: ERROR: kstack() takes up to 2 arguments (3 provided)'],
    ['BEGIN { $x = ntop(); }', '1:14-20: ERROR: ntop() requires at least one argument (0 provided)'],
    ['BEGIN { $x = strncmp("a", "b"); }', '1:14-31: ERROR: strncmp() requires 3 arguments (2 provided)'],
    ['BEGIN { printf(); }', '1:9-17: ERROR: printf() requires at least one argument (0 provided)'],
    ['BEGIN { $x = uid(1); }', '1:14-20: ERROR: uid() requires no arguments (1 provided)'],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });
});

describe('types of arguments', () => {
  test.each<Case>([
    ['BEGIN { @ = sum("a"); }', '1:13-21: ERROR: sum() only supports integer arguments (string[2] provided)'],
    ['BEGIN { @ = sum(curtask); }', '1:13-25: ERROR: sum() only supports integer arguments (struct task_struct * provided)'],
    ['BEGIN { @ = sum(true); }', '1:13-22: ERROR: sum() only supports integer arguments (bool provided)'],
    ['BEGIN { @ = sum(kstack); }', '1:13-24: ERROR: sum() only supports integer arguments (kstack_bpftrace_127 provided)'],
    ['BEGIN { @a = count(); @b = sum(@a); }', '1:28-35: ERROR: sum() only supports integer arguments (count_t provided)'],
    ['BEGIN { @ = hist("a"); }', '1:13-22: ERROR: hist() only supports int arguments (string provided)'],
    ['BEGIN { @ = hist(curtask); }', '1:13-26: ERROR: hist() only supports int arguments (pointer provided)'],
    ['BEGIN { @ = hist((1,2)); }', '1:13-24: ERROR: hist() only supports int arguments (tuple provided)'],
    ['BEGIN { @ = hist(true); }', '1:13-23: ERROR: hist() only supports int arguments (bool provided)'],
    ['BEGIN { @ = hist(ksym(0)); }', '1:13-26: ERROR: hist() only supports int arguments (ksym_t provided)'],
    ['BEGIN { @ = hist(ntop(0)); }', '1:13-26: ERROR: hist() only supports int arguments (inet provided)'],
    ['BEGIN { @ = hist(username); }', '1:13-27: ERROR: hist() only supports int arguments (username_t provided)'],
    ['BEGIN { @ = hist(macaddr(0)); }', '1:13-29: ERROR: hist() only supports int arguments (mac_address provided)'],
    ['BEGIN { @ = hist(*curtask); }', '1:13-27: ERROR: hist() only supports int arguments (c_type provided)'],
    ['BEGIN { @ = hist(curtask->comm); }', '1:13-32: ERROR: hist() only supports int arguments (string provided)'],
    ['BEGIN { @ = hist(curtask->sig); }', '1:13-31: ERROR: hist() only supports int arguments (array provided)'],
    ['BEGIN { exit("a"); }', '1:9-18: ERROR: exit() only supports int arguments (string provided)'],
    ['BEGIN { $x = str((1,2)); }', '1:14-24: ERROR: str() expects a string, integer or a pointer type as first argument ((uint64,uint64) provided)'],
    ['BEGIN { $x = ksym("a"); }', '1:14-23: ERROR: ksym() expects an integer or pointer argument'],
    ['BEGIN { $x = kaddr(1); }', '1:14-22: ERROR: kaddr() expects a string literal (int provided)'],
    ['BEGIN { $x = kaddr(comm); }', '1:14-25: ERROR: kaddr() expects a string literal (string provided)'],
    ['BEGIN { $x = ntop((1,2)); }', '1:14-25: ERROR: ntop() expects an integer or array argument, got tuple'],
    ['BEGIN { $x = ntop(curtask); }', '1:14-27: ERROR: ntop() expects an integer or array argument, got pointer'],
    ['BEGIN { $x = ntop("a", 1); }', '1:14-26: ERROR: ntop() only supports int arguments (string provided)'],
    ['BEGIN { $x = ntop(curtask->sig); }', '1:14-32: ERROR: ntop() argument must be 4 or 16 bytes in size'],
    ['BEGIN { join("a"); }', '1:9-18: ERROR: join() only supports int or pointer arguments (string provided)'],
    ['BEGIN { join(1, 2); }', '1:9-19: ERROR: join() expects a string literal (int provided)'],
    ['BEGIN { $x = buf(1); }', '1:14-20: ERROR: buf() expects a length argument for non-array type int'],
    ['BEGIN { $x = buf((1,2), 2); }', '1:14-27: ERROR: buf() expects an integer, string, or array argument but saw tuple'],
    ['BEGIN { $x = buf(comm, "a"); }', '1:14-28: ERROR: buf() only supports int arguments (string provided)'],
    ['BEGIN { $x = buf(comm, -2); }', '1:14-27: ERROR: buf() cannot use negative length (-2)'],
    ['BEGIN { $x = str(0, -1); }', '1:14-24: ERROR: str() cannot use negative length (-1)'],
    ['BEGIN { $x = str(0, 5000); }', '1:14-26: WARNING: length param (5000) is too long and will be shortened to 1024 bytes (see BPFTRACE_MAX_STRLEN)'],
    [`BEGIN { print("${'a'.repeat(1023)}"); }`],
    [`BEGIN { print("${'a'.repeat(1024)}"); }`, `1:15-1041: ERROR: String is too long (over 1024 bytes): ${'a'.repeat(1024)}`],
    [`BEGIN { print(str("${'a'.repeat(1024)}")); }`, `1:15-1046: ERROR: String is too long (over 1024 bytes): ${'a'.repeat(1024)}`],
    ['BEGIN { $x = macaddr("aaaaaa"); }', '1:14-31: ERROR: macaddr() does not support literal string arguments'],
    ['BEGIN { $x = macaddr((1,2)); }', '1:14-28: ERROR: macaddr() only supports array or pointer arguments (tuple provided)'],
    ['BEGIN { $x = bswap("a"); }', '1:14-24: ERROR: bswap() only supports integer arguments (string provided)'],
    ['BEGIN { $x = strncmp("a", "b", pid); }', '1:14-36: ERROR: Builtin strncmp requires a non-negative literal'],
    ['BEGIN { $x = strncmp("a", 1, 1); }', '1:14-32: ERROR: strncmp() only supports string arguments (int provided)'],
    ['BEGIN { $x = strlen(1); }', '1:14-23: ERROR: string-like values must be either strings, arrays or pointers'],
    ['BEGIN { $x = cgroupid(1); }', '1:14-25: ERROR: cgroupid() expects a string literal (int provided)'],
    ['BEGIN { $x = cgroup_path("a"); }', '1:14-30: ERROR: cgroup_path() only supports int arguments (string provided)'],
    ['BEGIN { $x = kptr("a"); }', '1:14-23: ERROR: kptr() only supports integer or pointer arguments (string provided)'],
    ['BEGIN { $x = len(1); }', '1:14-20: ERROR: len() expects a map or stack to be provided'],
    ['BEGIN { $x = ppid(1); }', "1:14-21: ERROR: ppid() only supports 'struct task_struct *' as the argument (int provided)"],
    ['BEGIN { time(1); }', '1:9-16: ERROR: time() expects a string literal (int provided)'],
    ['BEGIN { $x = strftime(1,2); }', '1:14-27: ERROR: strftime() expects a string literal (int provided)'],
    ['BEGIN { $x = strftime("a", "b"); }', '1:14-32: ERROR: strftime() only supports int arguments (string provided)'],
    ['BEGIN { $x = strftime("a", -1); }', '1:14-31: ERROR: strftime() does not accept negative timestamps'],
    ['BEGIN { $x = strftime("a", nsecs(monotonic)); }', '1:14-45: ERROR: strftime() can not take a monotonic timestamp'],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });
});

describe('literals and words', () => {
  test.each<Case>([
    ['BEGIN { @ = hist(1, 6); }', '1:13-23: ERROR: hist: bits 6 must be 0..5'],
    ['BEGIN { @ = lhist(1,pid,10,1); }', '1:13-30: ERROR: lhist: invalid min value (must be non-negative literal)'],
    ['BEGIN { @ = lhist(1,-10,10,1); }', '1:13-30: ERROR: lhist: invalid min value (must be non-negative literal)'],
    ['BEGIN { @ = lhist(1,0,pid,1); }', '1:13-29: ERROR: lhist: invalid max value (must be non-negative literal)'],
    ['BEGIN { @ = lhist(1,0,10,pid); }', '1:13-30: ERROR: lhist: invalid step value'],
    ['BEGIN { @ = lhist(1,0,10,0); }', '1:13-28: ERROR: lhist() step must be >= 1 (0 provided)'],
    ['BEGIN { @ = lhist(1,10,0,1); }', '1:13-28: ERROR: lhist() min must be less than max (provided min 10 and max 0)'],
    ['BEGIN { @ = lhist(1,0,10,20); }', '1:13-29: ERROR: lhist() step is too large for the given range (provided step 20 for range 10)'],
    ['BEGIN { @ = lhist(1,0,10000,1); }', '1:13-31: ERROR: lhist() too many buckets, must be <= 1000 (would need 10000)'],
    ['BEGIN { $x = nsecs(foo); }', '1:20-23: ERROR: Invalid timestamp mode: foo'],
    ['BEGIN { $x = nsecs(1); }', '1:14-22: ERROR: nsecs() only supports timestamp_mode arguments (int provided)'],
    ['BEGIN { $x = kstack(foo); }', '1:21-24: ERROR: Error parsing stack mode: kstack: Invalid value for stack_mode: valid values are bpftrace, raw, perf, and build_id.'],
    ['BEGIN { $x = kstack("a"); }', '1:14-25: ERROR: kstack: invalid limit value'],
    ['BEGIN { $x = kstack(1, perf); }', '1:14-29: ERROR: Expected stack mode as first argument', '1:14-29: ERROR: kstack: invalid limit value'],
    ['BEGIN { $x = kstack(perf, pid); }', '1:14-31: ERROR: kstack: invalid limit value'],
    ['BEGIN { $x = kstack(AF_INET); }'],
    ['BEGIN { $x = kstack(-1); }', '1:14-24: ERROR: kstack: invalid limit value'],
    ['BEGIN { $x = kstack(build_id); }', "1:14-30: ERROR: 'build_id' stack mode can only be used for ustack"],
    ['BEGIN { $x = pid(foo); }', '1:18-21: ERROR: Invalid PID namespace mode: foo (expects: curr_ns or init)'],
    ['BEGIN { $x = pid(1); }', '1:14-20: ERROR: pid() only supports curr_ns and init as the argument'],
    ['kprobe:vfs_read { $x = reg("foo"); }', "1:24-34: ERROR: 'foo' is not a valid register on this architecture (x86_64)"],
    ['kprobe:vfs_read { $x = arg9; }', "1:24-28: ERROR: x86_64 doesn't support arg9"],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });
});

describe('maps', () => {
  test.each<Case>([
    ['BEGIN { count(); }', '1:9-16: ERROR: count() must be assigned directly to a map'],
    ['BEGIN { print(1,2); }', '1:9-19: ERROR: Non-map print() only takes 1 argument, 2 found'],
    ['BEGIN { @=1; print(@,"a"); }', '1:14-26: ERROR: print() expects a int literal (string provided)'],
    ['BEGIN { @=1; print(@,pid); }', '1:14-26: ERROR: print() expects a int literal (int provided)'],
    ['BEGIN { @a[1]=hist(1); print(@a[1]); }', '1:24-36: ERROR: Map type hist_t cannot print the value of individual keys. You must print the whole map.'],
    ['BEGIN { @a[1]=stats(1); print(@a, 1, 2); }', "1:25-40: WARNING: print()'s top and div arguments are ignored when used on stats() maps."],
    ['BEGIN { @a[1]=1; print(@a[1], 1, 2); }', '1:18-36: ERROR: Non-map print() only takes 1 argument, 3 found'],
    ['BEGIN { print(@a); }', '1:15-17: ERROR: Undefined map: @a'],
    ['BEGIN { clear(1); }', '1:15-16: ERROR: clear() expects a map argument'],
    ['BEGIN { clear(@x); }', '1:15-17: ERROR: Undefined map: @x'],
    ['BEGIN { @x[1]=1; clear(@x[1]); }', '1:24-29: ERROR: clear() expects a map argument'],
    ['BEGIN { zero(1); }', '1:14-15: ERROR: zero() expects a map argument'],
    ['BEGIN { @x[1]=1; $i = delete(@x); }', '1:23-33: ERROR: call to delete() with a single argument expects a map without explicit keys (scalar map)'],
    ['BEGIN { @x=1; $i = delete(@x, 1); }', '1:20-33: ERROR: call to delete() with two arguments expects a map with explicit keys (non-scalar map)'],
    ['BEGIN { @x=1; $i = has_key(@x, 1); }', '1:20-34: ERROR: call to has_key() expects a map with explicit keys (non-scalar map)'],
    ['BEGIN { @x=1; $i = len(@x); }', '1:20-27: ERROR: call to len() expects a map with explicit keys (non-scalar map)'],
    ['BEGIN { $i = delete(1); }', '1:21-22: ERROR: delete() expects a map argument'],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });

  test.each(['delete(@x, "a")', 'delete(@x["a"])', 'has_key(@x, "a")'])('the key is checked: %s', (call) => {
    expect(complaintsOf(`BEGIN { @x[1]=1; $i = ${call}; }`).filter((line) => line.includes('ERROR'))).toHaveLength(1);
  });
});

describe('format strings', () => {
  test.each<Case>([
    ['BEGIN { printf("%d %d\\n", 1); }', '1:9-29: ERROR: not enough arguments for format string (1 supplied, 2 expected)'],
    ['BEGIN { printf("%d\\n", 1, 2); }', '1:9-29: ERROR: too many arguments for format string (2 supplied, 1 expected)'],
    ['BEGIN { printf(1); }', '1:9-18: ERROR: printf() expects a string literal (int provided)'],
    ['BEGIN { printf(comm); }', '1:9-21: ERROR: printf() expects a string literal (string provided)'],
    ['BEGIN { printf("%d", "a"); }', "1:9-26: ERROR: unsupported format specifier for type 'string[2]': d"],
    ['BEGIN { printf("%d", kstack); }', "1:9-29: ERROR: unsupported format specifier for type 'kstack_bpftrace_127': d"],
    ['BEGIN { printf("%d", ksym(0)); }', "1:9-30: ERROR: unsupported format specifier for type 'ksym_t': d"],
    ['BEGIN { printf("%c", "a"); }', "1:9-26: ERROR: unsupported format specifier for type 'string[2]': c"],
    ['BEGIN { printf("%p", comm); }', "1:9-27: ERROR: unsupported format specifier for type 'string[16]': p"],
    ['BEGIN { printf("%d", *curtask); }', "1:9-31: ERROR: unsupported format specifier for type 'struct task_struct': d"],
    ['BEGIN { @a=count(); printf("%d", @a); }', "1:21-37: ERROR: unsupported format specifier for type 'count_t': d"],
    ['BEGIN { printf("%f", 1); }', '1:9-24: ERROR: unsupported format specifier: f'],
    ['BEGIN { printf("%gr", 1); }', '1:9-25: ERROR: unsupported format specifier: gr'],
    ['BEGIN { printf("%n", 1); }', '1:9-24: ERROR: unsupported format specifier: n'],
    ['BEGIN { printf("%q", 1); }', '1:9-24: ERROR: too many arguments for format string (1 supplied, 0 expected)'],
    ['BEGIN { printf("%*d", 3, 1); }', '1:9-28: ERROR: too many arguments for format string (2 supplied, 1 expected)'],
    ['BEGIN { printf("%%", 1); }', '1:9-24: ERROR: too many arguments for format string (1 supplied, 0 expected)'],
    ['BEGIN { printf("%", 1); }', '1:9-23: ERROR: too many arguments for format string (1 supplied, 0 expected)'],
    ['BEGIN { printf("%s", printf("a")); }', '1:9-34: ERROR: unable to print none type for specifier: s'],
    ['BEGIN { errorf("%s", 1,2); }', '1:9-26: ERROR: too many arguments for format string (2 supplied, 1 expected)'],
    ['BEGIN { cat("%d"); }', '1:9-18: ERROR: not enough arguments for format string (0 supplied, 1 expected)'],
    ['BEGIN { printf("%x %d %p %s", curtask, true, 1, (1, 2)); }'],
    ['BEGIN { printf("%% %d%%", 1); }'],
    ['BEGIN { printf("%r %rx %rh", buf(comm, 2), buf(comm, 2), buf(comm, 2)); }'],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });
});

describe('where and with what rights', () => {
  test.each<Case>([
    ['BEGIN { system("a"); }', '1:9-20: ERROR: system() is an unsafe function being used in safe mode'],
    ['kprobe:vfs_read { signal(9); }', '1:19-28: ERROR: signal() is an unsafe function being used in safe mode'],
    ['BEGIN { $x = reg("ip"); }', '1:14-23: ERROR: reg can not be used with "begin" probes'],
    ['BEGIN { $x = retval; }', "1:14-20: ERROR: The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes"],
    ['BEGIN { $x = ctx; }', "1:14-17: ERROR: The ctx builtin can not be used with 'begin' probes"],
    ['BEGIN { $x = func; }', "1:14-18: ERROR: The func builtin can not be used with 'begin' probes"],
    ['BEGIN { $x = arg0; }', "1:14-18: ERROR: The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    ['kretprobe:vfs_read { $x = arg0; }', "1:27-31: ERROR: The arg0 builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes"],
    ['tracepoint:sched:sched_switch { $x = ctx; }', '1:38-41: ERROR: Use args instead of ctx in tracepoint'],
    ['tracepoint:sched:sched_switch { $x = func; }', "1:38-42: ERROR: The func builtin can not be used with 'tracepoint' probes"],
  ])('%s', (script, ...complaints) => {
    expect(complaintsOf(script)).toEqual(complaints);
  });

  test('unsafe calls are accepted when they were asked for', () => {
    expect(complaintsOf('kprobe:vfs_read { system("a"); signal("KILL"); signal("SIGKILL"); signal(9); override(1); }', true)).toEqual([]);
    expect(complaintsOf('kprobe:vfs_read { signal("FOO"); }', true)).toEqual(['1:19-32: ERROR: FOO is not a valid signal']);
    expect(complaintsOf('BEGIN { signal(9); }', true)).toEqual(['1:9-18: ERROR: signal() can not be used for this probetype special']);
  });
});
