// What a kernel can do, as data: derived from its BTF for a kernel that is not running, probed on one that is. Never a version number.

/** A set of names that answers one at a time: on a start-up path nobody wants them all. */
export interface Names {
  has(name: string): boolean;
}

export interface Features {
  /** BPF helpers by name without prefix: `probe_read_kernel`. */
  readonly helpers: Names;
  /** Kernel functions that BPF programs may call. */
  readonly kfuncs: Names;
  /** bpf_map_type enumerators without prefix, lower case: `ringbuf`. */
  readonly mapTypes: Names;
  /** Whether the kprobe.multi link works: only trying tells for sure, hence `unknown`. */
  readonly kprobeMulti: boolean | 'unknown';
  readonly kprobeSession: boolean | 'unknown';
  /** Function return values and arguments through the trampoline; `unknown` offline. */
  readonly fentry: boolean | 'unknown';
  /** Atomic read-modify-write with fetch, 32-bit jumps and sign extension come with these instruction sets. */
  readonly isa: 3 | 4;
}
