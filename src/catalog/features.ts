// What a kernel can do, read off its BTF: the enums of the BPF interface, and the functions that stand behind them. An enumerator alone
// proves nothing: it is there whatever the configuration left out.
import type { Features, Names } from '../bpf/features.ts';
import type { Types } from '../ctype/types.ts';

/** What the types of a kernel's vmlinux say; what only trying tells is `unknown`. Each answer is worked out when it is asked for. */
export function featuresOf(types: KernelTypes): Features {
  return new BtfFeatures(types);
}

class BtfFeatures implements Features {
  readonly helpers: Names;
  readonly mapTypes: Names;
  readonly kfuncs: Names;
  readonly #types: KernelTypes;
  readonly #enums = new Map<string, ReadonlySet<string>>();

  constructor(types: KernelTypes) {
    this.#types = types;
    this.helpers = { has: (name) => this.#enumerators('bpf_func_id').has(`BPF_FUNC_${name}`) && helperFunctions(name).some((each) => this.#has(each)) };
    this.mapTypes = { has: (name) => this.#enumerators('bpf_map_type').has(`BPF_MAP_TYPE_${name.toUpperCase()}`) };
    this.kfuncs = { has: (name) => types.kfuncs()?.has(name) ?? (knownKfuncs.includes(name) && this.#has(name)) };
  }

  get kprobeMulti(): boolean | 'unknown' {
    return this.#attaches('TRACE_KPROBE_MULTI', 'register_fprobe_ips', 'bpf_kprobe_multi_link_attach');
  }

  get kprobeSession(): boolean | 'unknown' {
    return this.#attaches('TRACE_KPROBE_SESSION', 'register_fprobe_ips', 'bpf_kprobe_multi_link_attach');
  }

  get fentry(): boolean | 'unknown' {
    return this.#attaches('TRACE_FENTRY', 'bpf_trampoline_link_prog', 'register_ftrace_direct');
  }

  get isa(): 3 | 4 {
    return signExtension.some((each) => this.#has(each)) ? 4 : 3;
  }

  /** An attach type and all the functions behind it: then only trying tells. */
  #attaches(type: string, ...functions: readonly string[]): false | 'unknown' {
    return this.#enumerators('bpf_attach_type').has(`BPF_${type}`) && functions.every((each) => this.#has(each)) ? 'unknown' : false;
  }

  #has(name: string): boolean {
    return this.#types.hasFunction(name);
  }

  #enumerators(name: string): ReadonlySet<string> {
    const known = this.#enums.get(name);
    if (known) return known;
    const made = new Set(this.#types.find('enum', name).flatMap((each) => each.values.map((value) => value.name)));
    this.#enums.set(name, made);
    return made;
  }
}

/** As `ImageTypes` answers it. */
export interface KernelTypes extends Types {
  kfuncs(): ReadonlySet<string> | undefined;
  hasFunction(name: string): boolean;
}

/** Functions one of which implements a helper: its own name after `bpf_`, unless the kernel calls it otherwise. */
function helperFunctions(name: string): readonly string[] {
  return otherwiseNamed[name] ?? [`bpf_${name}`];
}

const otherwiseNamed: Readonly<Record<string, readonly string[]>> = {
  probe_read: ['bpf_probe_read_compat'],
  probe_read_str: ['bpf_probe_read_compat_str'],
  get_prandom_u32: ['bpf_user_rnd_u32'],
  /** The verifier turns it into instructions of its own. */
  tail_call: ['prog_array_map_alloc'],
  get_func_ip: ['bpf_get_func_ip_tracing', 'bpf_get_func_ip_kprobe'],
  get_func_arg: ['get_func_arg'],
  get_func_ret: ['get_func_ret'],
  get_func_arg_cnt: ['get_func_arg_cnt'],
  skb_output: ['bpf_skb_event_output'],
  xdp_output: ['bpf_xdp_event_output'],
};

/** Kfuncs that programs ask for; kernels before 6.10 do not mark theirs in BTF. */
const knownKfuncs: readonly string[] = [
  'bpf_task_acquire', 'bpf_task_release', 'bpf_task_from_pid', 'bpf_rcu_read_lock', 'bpf_rcu_read_unlock', 'bpf_rdonly_cast', 'bpf_cast_to_kern_ctx',
  'bpf_iter_task_new', 'bpf_iter_task_next', 'bpf_iter_task_destroy', 'bpf_iter_task_vma_new', 'bpf_iter_task_vma_next', 'bpf_iter_task_vma_destroy',
  'bpf_iter_num_new', 'bpf_iter_num_next', 'bpf_iter_num_destroy', 'bpf_map_sum_elem_count', 'bpf_path_d_path', 'bpf_session_is_return',
];

/** The verifier learned sign-extending loads and moves with instruction set v4. */
const signExtension: readonly string[] = ['coerce_reg_to_size_sx', 'coerce_subreg_to_size_sx', 'set_sext64_default_val', 'emit_ldsx'];
