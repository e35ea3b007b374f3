// Loads the programs of a Spec; a rejection is told with the script text that made the instruction.
import { NotSupported, VerifierError } from '../base/errors.ts';
import type { ProgramSpec, Spec } from '../bpf/spec.ts';
import { btfLoad, moduleBtf } from '../sys/btf.ts';
import type { Fd } from '../sys/fd.ts';
import { Owner } from '../sys/fd.ts';
import type { AttachType, ProgOptions } from '../sys/prog.ts';
import { progLoad } from '../sys/prog.ts';
import { sysError } from '../sys/syserror.ts';
import { kprobeMultiWorks } from './features.ts';
import type { Machine } from './machine.ts';
import type { Maps } from './maps.ts';
import { relocate } from './relocate.ts';
import { rejection } from './verifierlog.ts';

export interface Program {
  readonly spec: ProgramSpec;
  readonly fd: Fd;
  /** Loaded for a kprobe.multi link. */
  readonly multi: boolean;
}

export interface LoadOptions {
  readonly machine: Machine;
  readonly maps: Maps;
  readonly owner: Owner;
  /** The kernel's log of each program, when it is wanted. */
  readonly onLog: ((program: ProgramSpec, log: string) => void) | undefined;
}

/** Bytes of code up to which the main thread waits: the verifier needs about a millisecond for a kilobyte. */
const smallLoad = 32 << 10;

/** In the order of the Spec. Throws VerifierError, SysError, NotSupported. */
export async function loadPrograms(spec: Spec, options: LoadOptions): Promise<readonly Program[]> {
  const passing = new Owner();
  try {
    const btf = spec.btf.byteLength > 0 ? options.owner.adopt(btfLoad(spec.btf)) : undefined;
    const later = spec.programs.reduce((sum, program) => sum + program.code.byteLength, 0) > smallLoad;
    const loads = spec.programs.map((program) => async () => await loadProgram(spec, program, btf, later, options, passing));
    return later ? await inParallel(loads) : await inOrder(loads);
  } finally {
    passing.close();
  }
}

async function inOrder<T>(tasks: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  for (const task of tasks) results.push(await task());
  return results;
}

/** Waits for all before it throws the first failure: nothing may still be at work when descriptors are closed. */
async function inParallel<T>(tasks: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(tasks.map(async (task) => await task()));
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function loadProgram(spec: Spec, program: ProgramSpec, btf: Fd | undefined, later: boolean, options: LoadOptions, passing: Owner): Promise<Program> {
  const { machine, maps, owner, onLog } = options;
  const multi = await wantsMulti(program);
  const { code, fdArray } = relocate(program, maps, machine, passing);
  const result = await progLoad(
    {
      name: program.name.replace(/[^A-Za-z0-9_.]/g, '_').slice(0, 15),
      type: program.type,
      attachType: multi ? 'kprobe_multi' : (attachTypes[program.attach.kind] ?? 'none'),
      code,
      license: spec.license,
      target: target(program, machine, passing),
      btf: btf && program.functions.length > 0 ? { fd: btf.number, functions: functionInfo(program), lines: lineInfo(program) } : undefined,
      fdArray,
      logLevel: onLog === undefined ? 0 : 1,
      logSize: spec.config.verifierLogSize,
    },
    later,
  );
  if (onLog !== undefined && result.log !== '') onLog(program, result.log);
  if (result.fd !== undefined) return { spec: program, fd: owner.adopt(result.fd), multi };
  const cause = sysError('bpf(BPF_PROG_LOAD)', result.errno, program.title);
  if (result.log.trim() === '') throw cause;
  const { summary, span } = rejection(result.log, program.spans);
  throw new VerifierError(program.title, summary, result.log, span, { cause });
}

/** expected_attach_type of what is not attached through perf events. */
const attachTypes: Readonly<Record<string, AttachType | undefined>> = { fentry: 'fentry', fexit: 'fexit', rawtracepoint: 'raw_tp' };

/** Several functions at once: through one link, where the kernel has that. */
async function wantsMulti({ attach }: ProgramSpec): Promise<boolean> {
  const [first] = attach.kind === 'kprobe' ? attach.functions : [];
  if (attach.kind !== 'kprobe' || attach.functions.length < 2 || attach.offset !== 0 || first === undefined) return false;
  return await kprobeMultiWorks(first.name);
}

function target({ attach, title }: ProgramSpec, machine: Machine, passing: Owner): ProgOptions['target'] {
  if (attach.kind === 'rawtracepoint') {
    const id = machine.btf.typedef(`btf_trace_${attach.event}`, attach.module);
    return { id: found(id, title, `the raw tracepoint ${attach.event}`), btfFd: moduleFd(attach.module, passing) };
  }
  if (attach.kind === 'fentry' || attach.kind === 'fexit') {
    const { name, module } = attach.function;
    return { id: found(machine.btf.function(name, module), title, `the function ${name}`), btfFd: moduleFd(module, passing) };
  }
  return undefined;
}

function found(id: number | undefined, title: string, what: string): number {
  if (id === undefined) throw new NotSupported(title, `${title}: the running kernel's BTF does not have ${what}`, ['index the running kernel: btfly index']);
  return id;
}

function moduleFd(module: string, passing: Owner): number | undefined {
  if (module === 'vmlinux') return undefined;
  const fd = moduleBtf(module);
  if (fd === undefined) throw new NotSupported(`module ${module}`, `the module ${module} is not loaded`, [`modprobe ${module}`]);
  return passing.adopt(fd).number;
}

/** struct bpf_func_info { u32 insn_off; u32 type_id } */
function functionInfo({ functions }: ProgramSpec): Uint8Array {
  return new Uint8Array(Uint32Array.from(functions.flatMap(({ start, btfType }) => [start, btfType])).buffer);
}

/** struct bpf_line_info { u32 insn_off, file_name_off, line_off, line_col }; line_col is line << 10 | column. */
function lineInfo({ lines }: ProgramSpec): Uint8Array {
  return new Uint8Array(Uint32Array.from(lines.flatMap(({ insn, file, text, line, column }) => [insn, file, text, (line << 10) | (column & 0x3ff)])).buffer);
}
