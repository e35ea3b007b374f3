// The subcommands: summary, bundle and examples of each; everything else on the command line is bpftrace's own form.

export interface CommandEntry {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** File in cli/command/ that serves it. */
  readonly chunk: string;
  /** Words behind `btfly`, and what they answer. */
  readonly examples: readonly Example[];
}

export type Example = readonly [words: string, answer: string];

export const commands: Readonly<Record<string, CommandEntry>> = {
  struct: { summary: 'layout of a struct with holes and cachelines, or where a member lies', chunk: 'describe', examples: [
    ['struct task_struct', 'every member with its offset and size, in bytes'],
    ['struct sock.__sk_common.skc_daddr', 'the type, offset and size of one member'],
    ['struct list_head --json', 'the same for a program'],
    ["struct 'tcp_*' --sizes", 'size and number of holes of each'],
    ['struct --all --json', 'every definition of the kernel, one JSON object a line'],
  ] },
  union: { summary: 'layout of a union', chunk: 'describe', examples: [['union sigval', 'every member with its size, in bytes']] },
  enum: { summary: 'enumerators of an enum', chunk: 'describe', examples: [['enum pid_type', 'names and values'], ['enum pid_type 3', 'the name of a value, or the flags that make it up']] },
  func: { summary: 'prototype of a kernel function', chunk: 'describe', examples: [['func vfs_read', 'its arguments by name and type']] },
  type: { summary: 'what a type name means, typedefs followed to the end', chunk: 'describe', examples: [['type sector_t', 'what it is a name of']] },
  offset: { summary: 'where members lie, through pointers too', chunk: 'offset', examples: [
    ["offset 'struct sock' __sk_common.skc_daddr 'sk_socket->file'", 'two members of a struct'],
    ["offset 'signal_struct.rlim[7]'", 'an element of an array'],
  ] },
  at: { summary: 'what lies at a byte of a type', chunk: 'at', examples: [
    ["at 'struct task_struct' 0x9d8", 'the members around it, outer before inner'],
    ['at task_struct+0x9d8 --size 8', 'all that an access of 8 bytes touches'],
  ] },
  var: { summary: 'per-CPU variables: type, size, section and place', chunk: 'var', examples: [
    ['var runqueues', 'where the run queue of each CPU lies'],
    ["var '*stat*'", 'those whose names match'],
  ] },
  const: { summary: 'what a macro of the headers or an enumerator stands for', chunk: 'const', examples: [
    ['const AF_INET', 'its value, and the header that defines it'],
    ["const 'SOCK_*'", 'those whose names match'],
    ['const sk_family', 'the member that headers call so'],
  ] },
  find: { summary: 'members, structs and functions by what they are like', chunk: 'find', examples: [
    ["find --contains 'struct list_head' --size 64", 'structs of 64 bytes with a list inside'],
    ["find --member 'skc_*' --type int", 'members by name and type'],
    ["find 'tcp_*' --arg 'struct sock *'", 'functions that take a socket'],
  ] },
  probes: { summary: 'the probes that hand over a value of a type', chunk: 'probes', examples: [
    ["probes --arg 'struct sock *'", 'and how a script gets it there'],
    ["probes 't:sched:*' --arg pid_t", 'tracepoints with a field of the type'],
  ] },
  diff: { summary: 'what changed from one kernel to another', chunk: 'diff', examples: [
    ['diff 6.1.0-54-amd64 6.12.107+deb13-amd64', 'a line for each thing that differs'],
    ["diff 6.1.0-54-amd64 running 'struct sock'", 'one struct, member by member'],
  ] },
  sql: { summary: 'a question in SQL over the views of the catalog', chunk: 'sql', examples: [
    ['sql', 'the views, with their columns'],
    ["sql 'SELECT name, size FROM v_definition ORDER BY size DESC LIMIT 5'", 'the largest types'],
  ] },
  header: { summary: 'all types of a kernel as a C header', chunk: 'header', examples: [['header > vmlinux.h', 'for programs that are compiled elsewhere']] },
  path: { summary: 'ways from one type to another', chunk: 'path', examples: [["path 'struct file *' 'struct super_block'", 'member by member, as a script writes it']] },
  index: { summary: 'read a kernel into the catalog: the running one, or a file', chunk: 'index', examples: [
    ['index', 'the running kernel, unless it is there already'],
    ['index vmlinux-6.1.btf --name 6.1', 'another kernel, from a file'],
    ['index --headers /usr/src/linux-headers-6.1.0-56-amd64', 'types, macros and names that the headers of a kernel have'],
  ] },
  kernels: { summary: 'list the kernels of the catalog', chunk: 'kernels', examples: [['kernels', 'names, architectures and what was read of each']] },
  check: { summary: 'compile a script without attaching anything; needs no rights', chunk: 'trace', examples: [
    ["check -e 'kprobe:vfs_read { @[comm] = hist(arg2); }'", 'says nothing when all is well'],
    ['check --kernel 6.1.0-54-amd64 script.bt', 'for another kernel of the catalog'],
    ["check --kernel '6.*' script.bt", 'a line for each kernel that is called so'],
  ] },
};
