// Fills in what only the running machine knows: immediates of 16-byte loads and of calls.
import { NotSupported, UsageError } from '../base/errors.ts';
import { unreachable } from '../base/unreachable.ts';
import { BPF_PSEUDO_KFUNC_CALL, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE, slotSize } from '../bpf/insn.ts';
import type { ProgramSpec, Relocation } from '../bpf/spec.ts';
import { moduleBtf } from '../sys/btf.ts';
import type { Fd, Owner } from '../sys/fd.ts';
import { cgroupId } from './cgroups.ts';
import type { Machine } from './machine.ts';
import type { Maps } from './maps.ts';

export interface Relocated {
  readonly code: Uint8Array;
  /** Descriptors of module BTF that kfunc calls name by index; undefined when no call needs one. */
  readonly fdArray: Uint8Array | undefined;
}

/** @param owner takes descriptors that must live until the program is loaded */
export function relocate(program: ProgramSpec, maps: Maps, machine: Machine, owner: Owner): Relocated {
  const code = program.code.slice();
  const view = new DataView(code.buffer);
  const modules = new ModuleBtfs(owner);
  for (const relocation of program.relocations) {
    const at = relocation.insn * slotSize;
    if (relocation.kind === 'kfunc') setKfunc(view, at, relocation.name, machine, modules);
    else setLoad(view, at, loadValue(relocation, maps, machine));
  }
  return { code, fdArray: modules.fdArray() };
}

/** What a 16-byte load gets: its pseudo source register and both halves of its immediate. */
interface LoadValue {
  readonly pseudo: number;
  readonly low: number;
  readonly high: number;
}

function loadValue(relocation: Exclude<Relocation, { kind: 'kfunc' }>, maps: Maps, machine: Machine): LoadValue {
  switch (relocation.kind) {
    case 'map':
      return { pseudo: BPF_PSEUDO_MAP_FD, low: mapFd(maps, relocation.map).number, high: 0 };
    case 'data':
      return { pseudo: BPF_PSEUDO_MAP_VALUE, low: mapFd(maps, relocation.map).number, high: relocation.offset };
    case 'ksym':
      return number(symbolAddress(machine, relocation.symbol));
    case 'cgroup':
      return number(cgroup(machine, relocation.path));
    case 'startTime':
      return number(machine.startTime);
    case 'childPid':
      return number(BigInt(machine.childPid));
    case 'cpus':
      return number(BigInt(machine.cpus));
    default:
      return unreachable(relocation);
  }
}

function number(value: bigint): LoadValue {
  return { pseudo: 0, low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}

function mapFd(maps: Maps, name: string): Fd {
  const map = maps.get(name);
  if (map === undefined) throw new RangeError(`relocation: there is no map ${name}`);
  return map.fd;
}

function symbolAddress(machine: Machine, symbol: string): bigint {
  if (machine.symbols.hidden) throw hiddenSymbols();
  const address = machine.symbols.address(symbol);
  if (address === undefined) throw new UsageError(`the running kernel has no symbol '${symbol}'`);
  return address;
}

/** Thrown where addresses of the kernel are needed and not shown. */
export function hiddenSymbols(): NotSupported {
  return new NotSupported('kallsyms', 'the kernel hides its addresses: every line of /proc/kallsyms is zero', [
    'run with CAP_SYSLOG, or as root',
    'sysctl kernel.kptr_restrict=1 (2 hides them from root, too)',
  ]);
}

function cgroup(machine: Machine, path: string): bigint {
  const id = cgroupId(machine.fs, path);
  if (id === undefined) throw new UsageError(`cgroupid: there is no folder '${path}'`);
  return id;
}

function setLoad(view: DataView, at: number, { pseudo, low, high }: LoadValue): void {
  setSource(view, at, pseudo);
  view.setInt32(at + 4, low, true);
  view.setInt32(at + slotSize + 4, high, true);
}

function setSource(view: DataView, at: number, source: number): void {
  view.setUint8(at + 1, (view.getUint8(at + 1) & 0x0f) | (source << 4));
}

/** imm: BTF id of the function; off: index into the array of module BTFs, 0 for vmlinux. */
function setKfunc(view: DataView, at: number, name: string, machine: Machine, modules: ModuleBtfs): void {
  for (const image of ['vmlinux', ...machine.btf.modules()]) {
    const id = machine.btf.function(name, image);
    if (id === undefined) continue;
    setSource(view, at, BPF_PSEUDO_KFUNC_CALL);
    view.setInt16(at + 2, image === 'vmlinux' ? 0 : modules.index(image), true);
    view.setInt32(at + 4, id, true);
    return;
  }
  throw new NotSupported(`kfunc ${name}`, `the running kernel has no function ${name}() that programs may call`);
}

class ModuleBtfs {
  readonly #owner: Owner;
  readonly #fds = new Map<string, Fd>();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  /** From 1. */
  index(module: string): number {
    if (!this.#fds.has(module)) {
      const fd = moduleBtf(module);
      if (fd === undefined) throw new NotSupported(`module ${module}`, `the module ${module} is not loaded`);
      this.#fds.set(module, this.#owner.adopt(fd));
    }
    return [...this.#fds.keys()].indexOf(module) + 1;
  }

  fdArray(): Uint8Array | undefined {
    if (this.#fds.size === 0) return undefined;
    return new Uint8Array(Int32Array.of(0, ...[...this.#fds.values()].map((fd) => fd.number)).buffer);
  }
}
