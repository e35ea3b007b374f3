import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Features, Names } from '../../src/bpf/features.ts';
import { featuresOf } from '../../src/catalog/features.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { btfFiles } from '../help/kernels.ts';
import { installed, run } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
let made = 0;

async function featuresIn(name: string, bytes: Uint8Array): Promise<Features> {
  const path = join(folder, `${made++}.db`);
  await ingestFile(name, bytes, { path });
  const catalog = openCatalog(path);
  if (!catalog) throw new Error('no catalog');
  return featuresOf(catalog.image());
}

interface Made {
  readonly functions: readonly string[];
  readonly kfuncs?: readonly string[];
}

function madeOf({ functions, kfuncs = [] }: Made): Uint8Array {
  const btf = new BtfWriter();
  const proto = btf.proto(0, []);
  btf.enum('bpf_func_id', { BPF_FUNC_unspec: 0, BPF_FUNC_loop: 181, BPF_FUNC_override_return: 58, BPF_FUNC_get_func_ip: 173, __BPF_FUNC_MAX_ID: 212 });
  btf.enum('bpf_map_type', { BPF_MAP_TYPE_UNSPEC: 0, BPF_MAP_TYPE_HASH: 1, BPF_MAP_TYPE_RINGBUF: 27 });
  btf.enum('bpf_attach_type', { BPF_TRACE_FENTRY: 24, BPF_TRACE_KPROBE_MULTI: 42, BPF_TRACE_KPROBE_SESSION: 56 });
  for (const name of functions) btf.func(name, proto);
  for (const name of kfuncs) btf.declTag('bpf_kfunc', btf.func(name, proto));
  return btf.bytes();
}

describe('an enumerator counts only with the function behind it', () => {
  test('helpers', async () => {
    const { helpers } = await featuresIn('a', madeOf({ functions: ['bpf_loop', 'bpf_get_func_ip_tracing'] }));
    expect(among(helpers, ['loop', 'get_func_ip', 'override_return', 'probe_read_kernel', 'nonsense'])).toEqual(['loop', 'get_func_ip']);
  });

  test.each<[string, readonly string[], Partial<Features>]>([
    ['no fprobe, as in Debian 6.1', ['bpf_kprobe_multi_link_attach'], { kprobeMulti: false, kprobeSession: false, fentry: false, isa: 3 }],
    ['fprobe: only trying tells', ['bpf_kprobe_multi_link_attach', 'register_fprobe_ips'], { kprobeMulti: 'unknown', kprobeSession: 'unknown' }],
    ['trampolines', ['bpf_trampoline_link_prog', 'register_ftrace_direct'], { fentry: 'unknown' }],
    ['sign-extending instructions', ['coerce_reg_to_size_sx'], { isa: 4 }],
  ])('%s', async (_, functions, expected) => {
    expect(await featuresIn('a', madeOf({ functions }))).toMatchObject(expected);
  });
});

test('map types in lower case, kfuncs by their mark or else by name', async () => {
  const features = await featuresIn('a', madeOf({ functions: ['bpf_task_from_pid', 'bpf_loop'], kfuncs: ['bpf_new_one'] }));
  expect(among(features.mapTypes, ['unspec2', 'hash', 'HASHES', 'ringbuf', 'array'])).toEqual(['hash', 'ringbuf']);
  const names = ['bpf_new_one', 'bpf_task_from_pid', 'bpf_loop'];
  expect(among(features.kfuncs, names)).toEqual(['bpf_new_one']);
  expect(among((await featuresIn('b', madeOf({ functions: ['bpf_task_from_pid', 'bpf_loop'] }))).kfuncs, names)).toEqual(['bpf_task_from_pid']);
});

describe('real kernels', () => {
  test.each(btfFiles())('$name: what every kernel of interest has', async ({ name, path }) => {
    const { helpers, mapTypes } = await featuresIn(name, readFileSync(path));
    const wanted = [
      'map_lookup_elem', 'map_update_elem', 'map_delete_elem', 'probe_read_kernel', 'probe_read_user', 'probe_read_kernel_str', 'probe_read_user_str', 'ktime_get_ns',
      'ktime_get_boot_ns', 'get_current_pid_tgid', 'get_current_uid_gid', 'get_current_comm', 'get_current_task', 'get_current_task_btf', 'get_smp_processor_id',
      'get_prandom_u32', 'get_stackid', 'get_stack', 'get_current_cgroup_id', 'ringbuf_output', 'ringbuf_reserve', 'ringbuf_submit', 'loop', 'for_each_map_elem',
      'get_func_ip', 'get_attach_cookie', 'map_lookup_percpu_elem', 'strncmp', 'jiffies64', 'get_numa_node_id', 'tail_call', 'perf_event_output',
    ];
    expect(wanted.filter((each) => !helpers.has(each))).toEqual([]);
    expect(['hash', 'array', 'percpu_hash', 'percpu_array', 'lru_hash', 'ringbuf', 'stack_trace', 'prog_array'].filter((each) => !mapTypes.has(each))).toEqual([]);
  });
});

describe.skipIf(!installed('bpftool') || process.getuid?.() !== 0 || btfFiles()[0]?.name !== 'running')('the running kernel, as bpftool probes it (needs bpftool and root)', () => {
  test('every map type that can be created is known', async () => {
    const probed = JSON.parse(run('bpftool', ['-j', 'feature', 'probe', 'kernel'])) as { map_types: Record<string, boolean> };
    const created = Object.entries(probed.map_types).flatMap(([key, can]) => (can ? [key.replace(/^have_|_map_type$/g, '')] : []));
    const { mapTypes } = await featuresIn('running', readFileSync('/sys/kernel/btf/vmlinux'));
    expect(created.length).toBeGreaterThan(15);
    expect(created.filter((each) => !mapTypes.has(each) && !mapTypes.has(`${each}_deprecated`))).toEqual([]);
  });
});

function among(has: Names, names: readonly string[]): readonly string[] {
  return names.filter((name) => has.has(name));
}
