// The subcommands: summary and bundle of each; everything else on the command line is bpftrace's own form.

export interface CommandEntry {
  readonly summary: string;
  /** File in cli/command/ that serves it. */
  readonly chunk: string;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  struct: { summary: 'layout of a struct, or where a member lies: struct task_struct, struct sock.__sk_common.skc_daddr', chunk: 'describe' },
  union: { summary: 'layout of a union', chunk: 'describe' },
  enum: { summary: 'enumerators of an enum', chunk: 'describe' },
  func: { summary: 'prototype of a kernel function', chunk: 'describe' },
  type: { summary: 'what a type name means, typedefs followed to the end', chunk: 'describe' },
  offset: { summary: "where a member lies: offset 'struct sock' __sk_common.skc_daddr", chunk: 'offset' },
  at: { summary: "what lies at a byte: at 'struct task_struct' 0x9d8", chunk: 'at' },
  var: { summary: 'per-CPU variables: type, size, section and place', chunk: 'var' },
  probes: { summary: "the probes that hand over a value of a type: probes --arg 'struct sock *'", chunk: 'probes' },
  diff: { summary: 'what changed from one kernel to another: diff 6.1.0-54-amd64 6.12.107+deb13-amd64 struct sock', chunk: 'diff' },
  sql: { summary: 'a question in SQL over the views of the catalog', chunk: 'sql' },
  find: { summary: "members, structs and functions by what they are like: find --contains 'struct list_head'", chunk: 'find' },
  header: { summary: 'all types of a kernel as a C header', chunk: 'header', examples: [['header > vmlinux.h', 'for programs that are compiled elsewhere']] },
  index: { summary: 'read a kernel into the catalog; without a file, the running one', chunk: 'index' },
  kernels: { summary: 'list the kernels of the catalog', chunk: 'kernels' },
  check: { summary: 'compile a script without attaching anything; needs no rights', chunk: 'trace' },
};
