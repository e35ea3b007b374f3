// BPF maps: create, read, change, freeze. Whole maps are read in batches where the kernel has them for the type, else key by key.
import type { MapType } from '../bpf/spec.ts';
import { addon } from './addon.ts';
import { mapBatchAttr, mapCreateAttr, mapElementAttr, pack } from './attr.ts';
import { bpf, bpfResult, commands } from './bpf.ts';
import type { Closable } from './fd.ts';
import { Fd } from './fd.ts';
import { check, errno, sysError } from './syserror.ts';

export interface MapOptions {
  /** At most 15 characters. */
  readonly name: string;
  readonly type: MapType;
  /** Bytes. */
  readonly keySize: number;
  /** Bytes; of one CPU where the type is per CPU. */
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
}

/** Entries that lie one behind the other. */
export interface MapEntries {
  readonly count: number;
  /** count × keySize bytes. */
  readonly keys: Uint8Array;
  /** count × BpfMap.stride bytes. */
  readonly values: Uint8Array;
}

/** enum bpf_map_type, and whether a value is an array over all possible CPUs. */
const types: Readonly<Record<MapType, { readonly id: number; readonly perCpu: boolean; readonly array: boolean }>> = {
  hash: { id: 1, perCpu: false, array: false },
  array: { id: 2, perCpu: false, array: true },
  percpu_hash: { id: 5, perCpu: true, array: false },
  percpu_array: { id: 6, perCpu: true, array: true },
  lru_hash: { id: 9, perCpu: false, array: false },
  lru_percpu_hash: { id: 10, perCpu: true, array: false },
  ringbuf: { id: 27, perCpu: false, array: false },
};

/** Entries asked for in one batch call, at most so many bytes of them. */
const batchEntries = 4096;
const batchBytes = 4 << 20;

export class BpfMap implements Closable {
  /** Bytes of one value as it is read: of all CPUs where the type is per CPU. */
  readonly stride: number;
  readonly perCpu: boolean;
  readonly isArray: boolean;

  /** Takes the descriptor over. `cpus`: number of possible CPUs. */
  constructor(
    readonly fd: Fd,
    readonly options: MapOptions,
    cpus: number,
  ) {
    const type = types[options.type];
    this.perCpu = type.perCpu;
    this.isArray = type.array;
    this.stride = type.perCpu ? Math.ceil(options.valueSize / 8) * 8 * cpus : options.valueSize;
  }

  /** BPF_MAP_CREATE; throws SysError. */
  static create(options: MapOptions, cpus: number): BpfMap {
    const attr = pack(mapCreateAttr, {
      map_type: types[options.type].id,
      key_size: options.keySize,
      value_size: options.valueSize,
      max_entries: options.maxEntries,
      map_flags: options.flags,
      map_name: options.name,
    });
    return new BpfMap(new Fd(bpf('MAP_CREATE', attr, `map ${options.name}`), `map ${options.name}`), options, cpus);
  }

  /** The value (of all CPUs), undefined when there is no such key. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const value = new Uint8Array(this.stride);
    const result = bpfResult('MAP_LOOKUP_ELEM', this.#element(key, value));
    if (result === -errno.ENOENT) return undefined;
    check('bpf(BPF_MAP_LOOKUP_ELEM)', result, this.fd.what);
    return value;
  }

  update(key: Uint8Array, value: Uint8Array): void {
    bpf('MAP_UPDATE_ELEM', this.#element(key, value), this.fd.what);
  }

  /** False when there was no such key. */
  delete(key: Uint8Array): boolean {
    const result = bpfResult('MAP_DELETE_ELEM', this.#element(key));
    if (result === -errno.ENOENT) return false;
    check('bpf(BPF_MAP_DELETE_ELEM)', result, this.fd.what);
    return true;
  }

  /** From now on user space cannot change it, and the verifier knows the contents of a read-only one. */
  freeze(): void {
    bpf('MAP_FREEZE', pack(mapElementAttr, { map_fd: this.fd.number }), this.fd.what);
  }

  /** All entries, in the order of the kernel. Entries that come or go meanwhile may be missed. */
  entries(): MapEntries {
    return this.#entriesByBatch() ?? this.#entriesByKey();
  }

  /** Deletes the entries of a hash; sets those of an array to zeros. */
  clear(): void {
    if (this.isArray) {
      this.zero();
      return;
    }
    const { count, keys } = this.entries();
    const { keySize } = this.options;
    for (let at = 0; at < count; at++) this.delete(keys.subarray(at * keySize, (at + 1) * keySize));
  }

  /** Sets every value there is to zeros. */
  zero(): void {
    const { count, keys } = this.entries();
    const { keySize } = this.options;
    const zeros = new Uint8Array(this.stride);
    for (let at = 0; at < count; at++) this.update(keys.subarray(at * keySize, (at + 1) * keySize), zeros);
  }

  close(): void {
    this.fd.close();
  }

  #element(key: Uint8Array, value?: Uint8Array): ReturnType<typeof pack> {
    return pack(mapElementAttr, { map_fd: this.fd.number, key, value });
  }

  /** undefined where the kernel has no batches for this type. */
  #entriesByBatch(): MapEntries | undefined {
    const { keySize } = this.options;
    let room = Math.max(16, Math.min(batchEntries, this.options.maxEntries, Math.floor(batchBytes / (keySize + this.stride))));
    const parts: MapEntries[] = [];
    let token: Uint8Array | undefined;
    for (;;) {
      const keys = new Uint8Array(room * keySize);
      const values = new Uint8Array(room * this.stride);
      const next = new Uint8Array(Math.max(8, keySize));
      const attr = pack(mapBatchAttr, { in_batch: token, out_batch: next, keys, values, count: room, map_fd: this.fd.number });
      const result = addon().bpf(commands.MAP_LOOKUP_BATCH, attr.bytes, attr.pointers);
      if (result === -errno.ENOSPC) {
        room *= 2;
        continue;
      }
      const done = result === -errno.ENOENT;
      if (result < 0 && !done) {
        if (parts.length === 0 && withoutBatches.has(-result)) return undefined;
        throw sysError('bpf(BPF_MAP_LOOKUP_BATCH)', -result, this.fd.what);
      }
      const count = attr.view.getUint32(32, true);
      parts.push({ count, keys: keys.subarray(0, count * keySize), values: values.subarray(0, count * this.stride) });
      if (done) return join(parts);
      token = next;
    }
  }

  #entriesByKey(): MapEntries {
    const { keySize, maxEntries } = this.options;
    const parts: MapEntries[] = [];
    let key: Uint8Array | undefined;
    // A key that is deleted meanwhile makes the kernel start over: the bound keeps that from going on for ever.
    for (let steps = 0; steps <= 2 * maxEntries; steps++) {
      const next = new Uint8Array(keySize);
      const result = bpfResult('MAP_GET_NEXT_KEY', pack(mapElementAttr, { map_fd: this.fd.number, key, value: next }));
      if (result === -errno.ENOENT) break;
      check('bpf(BPF_MAP_GET_NEXT_KEY)', result, this.fd.what);
      const values = this.lookup(next);
      if (values !== undefined) parts.push({ count: 1, keys: next, values });
      key = next;
    }
    return join(parts);
  }
}

/** What kernels answer that have no batches, or none for the type: EINVAL before 5.6, ENOTSUPP since. */
const withoutBatches: ReadonlySet<number> = new Set([errno.EINVAL, errno.ENOTSUPP, errno.EOPNOTSUPP]);

function join(parts: readonly MapEntries[]): MapEntries {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    keys: Buffer.concat(parts.map((part) => part.keys)),
    values: Buffer.concat(parts.map((part) => part.values)),
  };
}
