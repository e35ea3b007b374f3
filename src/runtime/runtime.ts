// Runs a Spec on this machine: maps, programs, BEGIN, attachments, events, END, and what is left in the maps (bpf/spec.ts says what a Spec is).
import { kernelFs } from '../base/kernelfs.ts';
import type { AttachSpec, ProgramSpec, Spec } from '../bpf/spec.ts';
import { Owner } from '../sys/fd.ts';
import { onExit } from '../sys/process.ts';
import { progTestRun } from '../sys/prog.ts';
import { SysError, UsageError } from '../base/errors.ts';
import { attachAll } from './attach/attach.ts';
import { Child } from './child.ts';
import { Ending, endOnSignals } from './ending.ts';
import { Links } from './links.ts';
import type { Program } from './load.ts';
import { loadPrograms } from './load.ts';
import { Machine } from './machine.ts';
import { createMaps } from './maps.ts';
import type { Phase, RunOptions } from './options.ts';
import { openOutputs } from './outputs.ts';
import type { Outputs } from './outputs.ts';
import { explain } from './privileges.ts';
import { Reports } from './reports.ts';
import { ReaderGone } from './writer.ts';

/** What the shell shows of a process that a broken pipe ended. */
const readerGoneStatus = 141;

/**
 * Runs until the script, the child, the watched process or a signal ends it; nothing is left behind.
 * @returns the exit status: that of exit(), else 0
 * Throws VerifierError, NotSupported, SysError, UsageError.
 */
export async function run(spec: Spec, options: RunOptions): Promise<number> {
  const fs = options.fs ?? kernelFs;
  const owner = new Owner();
  const ending = new Ending();
  const ignoreSignals = endOnSignals(ending);
  try {
    const outputs = owner.adopt(openOutputs(options));
    return await runOnce({ spec, options, owner, ending, outputs, passed: options.timing ?? (() => undefined) });
  } catch (error) {
    if (error instanceof ReaderGone) return readerGoneStatus;
    throw explain(error, fs);
  } finally {
    ignoreSignals();
    owner.close();
  }
}

interface Run {
  readonly spec: Spec;
  readonly options: RunOptions;
  readonly owner: Owner;
  readonly ending: Ending;
  readonly outputs: Outputs;
  /** A phase is over. */
  readonly passed: (phase: Phase) => void;
}

async function runOnce(run: Run): Promise<number> {
  const { spec, options, owner, outputs, passed } = run;
  const fs = options.fs ?? kernelFs;
  const child = options.command === undefined ? undefined : owner.adopt(await Child.start(options.command, fs));
  const machine = new Machine(fs, child?.pid ?? 0);
  const maps = createMaps(spec, machine.cpus, owner);
  passed('maps');
  const onLog = options.verifierLog || options.verbose ? (program: ProgramSpec, log: string): void => { outputs.err(`${program.title}:\n${log}\n`); } : undefined;
  const programs = await loadPrograms(spec, { machine, maps, owner, onLog });
  passed('load');
  const reports = owner.adopt(new Reports(spec, options, { machine, maps, ending: run.ending, outputs }));
  if (!options.dryRun) runSpecial(programs, 'begin');
  passed('begin');
  await traceUntilEnd(run, machine, programs, reports, child);
  passed('detach');
  return finish(run, programs, reports);
}

/** Attaches, handles events until there is a reason to end, detaches. */
async function traceUntilEnd({ spec, options, owner, ending, outputs, passed }: Run, machine: Machine, programs: readonly Program[], reports: Reports, child: Child | undefined): Promise<void> {
  const links = owner.adopt(new Links(options.progress));
  try {
    const probes = await attachAll(programs.filter((program) => !options.dryRun || !isSpecial(program)), {
      machine,
      pid: options.pid,
      many: programs.length > manyPrograms,
      missingProbes: spec.config.missingProbes,
      warn: (message) => { if (options.warnings) outputs.err(`WARNING: ${message}\n`); },
      progress: options.progress,
      stopping: () => ending.reason !== undefined,
      adopt: (link) => { links.add(link); },
    });
    passed('attach');
    watchEnds(options, child, programs, ending, owner);
    reports.attached(probes);
    reports.start();
    passed('drain');
    // BEGIN has run and nothing else can fire; the end of a command or a process is worth waiting for.
    if (child === undefined && options.pid === undefined && programs.every(isSpecial)) ending.reach({ kind: 'asked' });
    child?.continue();
    await ending.reached;
    reports.missed(links);
  } finally {
    await links.closeAll();
  }
}

/** Nothing is attached any more: the last events, END, the maps. */
function finish({ options, ending, passed }: Run, programs: readonly Program[], reports: Reports): number {
  const { reason } = ending;
  if (reason?.kind === 'failed') throw reason.error;
  reports.finish(reason?.kind === 'exit');
  if (!options.dryRun) {
    runSpecial(programs, 'end');
    reports.end(programs);
  }
  passed('end');
  return ending.status;
}

/** Above this many programs the slow calls go to worker threads. */
const manyPrograms = 8;

/** BPF_PROG_TEST_RUN, in the order of the script, on this thread: `comm` and `pid` are this process's. */
function runSpecial(programs: readonly Program[], kind: 'begin' | 'end'): void {
  const special = programs.filter((program) => program.spec.attach.kind === kind);
  if (special.length > 0 && process.title !== processTitle) process.title = processTitle;
  for (const program of special) progTestRun(program.fd);
}

const processTitle = 'btfly';

function isSpecial({ spec }: Program): boolean {
  return spec.attach.kind === 'begin' || spec.attach.kind === 'end';
}

/** Everything but exit() and Ctrl-C that can end the run, and the signals that are probes. */
function watchEnds(options: RunOptions, child: Child | undefined, programs: readonly Program[], ending: Ending, owner: Owner): void {
  const end = (): void => { ending.reach({ kind: 'asked' }); };
  if (options.dryRun) end();
  child?.onExit(end);
  if (options.pid !== undefined) owner.adopt(watchPid(options.pid, end));
  for (const { spec, fd } of programs) {
    const attach: AttachSpec = spec.attach;
    if (attach.kind !== 'signal') continue;
    const onSignal = (): void => { progTestRun(fd); };
    process.on(attach.signal, onSignal);
    owner.adopt({ close: () => { process.removeListener(attach.signal, onSignal); } });
  }
}

function watchPid(pid: number, callback: () => void): ReturnType<typeof onExit> {
  try {
    return onExit(pid, callback);
  } catch (error) {
    if (error instanceof SysError && error.code === 'ESRCH') throw new UsageError(`-p: there is no process ${pid}`);
    throw error;
  }
}
