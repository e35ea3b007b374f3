// What a kernel can do, read off its BTF: the enums of the BPF interface, and the functions that stand behind them. An enumerator alone
// proves nothing: it is there whatever the configuration left out.
import type { Features } from '../bpf/features.ts';
import type { Types } from '../ctype/types.ts';

/** What the types of a kernel's vmlinux say; what only trying tells is `unknown`. */
export function featuresOf(types: KernelTypes): Features {
  const has = (name: string) => types.find('function', name).length > 0;
  const attachTypes = enumerators(types, 'bpf_attach_type', 'BPF_');
  const kprobeMulti = attachTypes.has('TRACE_KPROBE_MULTI') && has('register_fprobe_ips') && has('bpf_kprobe_multi_link_attach');
  return {
    helpers: new Set([...enumerators(types, 'bpf_func_id', 'BPF_FUNC_')].filter((name) => helperFunctions(name).some(has))),
    kfuncs: types.kfuncs() ?? new Set(knownKfuncs.filter(has)),
    mapTypes: new Set([...enumerators(types, 'bpf_map_type', 'BPF_MAP_TYPE_')].filter((name) => name !== 'UNSPEC').map((name) => name.toLowerCase())),
    kprobeMulti: kprobeMulti ? 'unknown' : false,
    kprobeSession: kprobeMulti && attachTypes.has('TRACE_KPROBE_SESSION') ? 'unknown' : false,
    fentry: attachTypes.has('TRACE_FENTRY') && has('bpf_trampoline_link_prog') && has('register_ftrace_direct') ? 'unknown' : false,
    isa: signExtension.some(has) ? 4 : 3,
  };
}

interface KernelTypes extends Types {
  /** As `ImageTypes` answers it. */
  kfuncs(): ReadonlySet<string> | undefined;
}

function enumerators(types: Types, name: string, prefix: string): ReadonlySet<string> {
  const values = types.find('enum', name).flatMap((each) => each.values);
  return new Set(values.filter((each) => each.name.startsWith(prefix)).map((each) => each.name.slice(prefix.length)));
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
