// BPF helper functions by name: number (include/uapi/linux/bpf.h, enum bpf_func_id), and what a call does to what the program knows.

/**
 * `pure`: the same answer all through one run of the program, nothing touched; may be shared and dropped.
 * `memory`: reads memory; shared only until the next store, event or call that writes; may be dropped.
 * `fresh`: another answer each time; neither shared nor moved, may be dropped when unused.
 * `effect`: changes something; stays where it is.
 */
export type Effect = 'pure' | 'memory' | 'fresh' | 'effect';

export interface Helper {
  readonly id: number;
  readonly effect: Effect;
  /**
   * All that it changes is memory of the program, through that argument (counted from 0). `all`: every byte of it is written,
   * also when the helper fails; argument `size` says how many bytes those are.
   */
  readonly fills?: { readonly to: number; readonly size?: number; readonly all: boolean };
  /** Through that argument a callback gets memory of the program, and may write it. */
  readonly shares?: number;
  /** Changes nothing that the program may have read before. */
  readonly quiet?: boolean;
}

export const helpers = {
  map_lookup_elem: { id: 1, effect: 'memory' },
  map_update_elem: { id: 2, effect: 'effect' },
  map_delete_elem: { id: 3, effect: 'effect' },
  ktime_get_ns: { id: 5, effect: 'fresh' },
  trace_printk: { id: 6, effect: 'effect' },
  get_prandom_u32: { id: 7, effect: 'fresh' },
  get_smp_processor_id: { id: 8, effect: 'pure' },
  get_current_pid_tgid: { id: 14, effect: 'pure' },
  get_current_uid_gid: { id: 15, effect: 'pure' },
  /** Writes the name through its pointer argument; up to 6.1 at least (strscpy) it leaves what is behind the name's end as it was. */
  get_current_comm: { id: 16, effect: 'effect', fills: { to: 0, size: 1, all: false } },
  get_current_task: { id: 35, effect: 'pure' },
  probe_write_user: { id: 36, effect: 'effect' },
  get_numa_node_id: { id: 42, effect: 'pure' },
  get_socket_cookie: { id: 46, effect: 'memory' },
  override_return: { id: 58, effect: 'effect' },
  get_stack: { id: 67, effect: 'effect', fills: { to: 1, size: 2, all: false } },
  get_current_cgroup_id: { id: 80, effect: 'pure' },
  send_signal: { id: 109, effect: 'effect' },
  probe_read_user: { id: 112, effect: 'effect', fills: { to: 0, size: 1, all: true } },
  probe_read_kernel: { id: 113, effect: 'effect', fills: { to: 0, size: 1, all: true } },
  probe_read_user_str: { id: 114, effect: 'effect', fills: { to: 0, size: 1, all: false } },
  probe_read_kernel_str: { id: 115, effect: 'effect', fills: { to: 0, size: 1, all: false } },
  send_signal_thread: { id: 117, effect: 'effect' },
  jiffies64: { id: 118, effect: 'fresh' },
  get_ns_current_pid_tgid: { id: 120, effect: 'effect', fills: { to: 2, size: 3, all: false } },
  ktime_get_boot_ns: { id: 125, effect: 'fresh' },
  ringbuf_output: { id: 130, effect: 'effect' },
  ringbuf_reserve: { id: 131, effect: 'effect', quiet: true },
  ringbuf_submit: { id: 132, effect: 'effect' },
  ringbuf_discard: { id: 133, effect: 'effect' },
  d_path: { id: 147, effect: 'effect', fills: { to: 1, size: 2, all: false } },
  per_cpu_ptr: { id: 153, effect: 'pure' },
  this_cpu_ptr: { id: 154, effect: 'pure' },
  get_current_task_btf: { id: 158, effect: 'pure' },
  for_each_map_elem: { id: 164, effect: 'effect', shares: 2 },
  get_func_ip: { id: 173, effect: 'pure' },
  get_attach_cookie: { id: 174, effect: 'pure' },
  loop: { id: 181, effect: 'effect', shares: 2 },
  get_func_arg: { id: 183, effect: 'effect', fills: { to: 2, all: false } },
  get_func_ret: { id: 184, effect: 'effect', fills: { to: 1, all: false } },
  map_lookup_percpu_elem: { id: 195, effect: 'memory' },
  ktime_get_tai_ns: { id: 208, effect: 'fresh' },
} as const satisfies Record<string, Helper>;

export type HelperName = keyof typeof helpers;
