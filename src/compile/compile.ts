// The compiler: a script's text and what is known of a kernel become a Spec. Pure: the same input gives the same Spec anywhere.
// The passes, in order:
//   parse      text → tree; the C in front of it is read by who reads C, the script's own #defines are expanded here, because they work on text
//   config     the script's settings, which the passes behind it obey
//   analyse    macros expanded, the script's, then those of headers (attach points depend on what the code uses), attach points → one instance
//              a program (types depend on the probe), types of all instances to a fixed point (maps are shared between them)
//   lower      each instance → IR; only scripts without errors get here
//   optimize   IR → IR
//   generate   IR → instructions, with spills and scratch memory; then the scratch map's size is known and the Spec can be put together
import { DiagnosticSink } from '../base/diagnostic.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { NotSupported } from '../base/errors.ts';
import type { Spec } from '../bpf/spec.ts';
import type { CPart } from '../ctype/cpart.ts';
import type { Types } from '../ctype/types.ts';
import { builtins } from './builtin/builtins.ts';
import { dumpAsm, dumpIr } from './dump.ts';
import type { CompiledProgram } from './dump.ts';
import { generate } from './codegen/codegen.ts';
import type { Generated } from './codegen/codegen.ts';
import type { Compilation, CompileInput } from './input.ts';
import type { Script } from './lang/ast.ts';
import { parse, type Parsed } from './lang/parser.ts';
import { printTree } from './lang/tree.ts';
import { lowerProgram } from './lower/program.ts';
import { Unit } from './lower/unit.ts';
import { optimize } from './opt/opt.ts';
import { analyse } from './sema/analysis.ts';
import type { Analysis } from './sema/analysis.ts';
import type { CompileConfig } from './sema/builtin.ts';
import type { Checker } from './sema/checker.ts';
import { settleConfig } from './sema/config.ts';
import { printTypes } from './sema/print.ts';
import { buildSpec } from './spec.ts';

export function compile(input: CompileInput): Compilation {
  const sink = new DiagnosticSink();
  const { script, part, missed } = parseScript(input, sink);
  const config = settleConfig(script.config, input.config, sink);
  const typesOf = typesWithScripts(part, input);
  const analysis = analyse({ ...input, script, config, builtins, types: typesOf }, sink);
  const programs: CompiledProgram[] = [];
  const spec = sink.failed ? undefined : compilePrograms(input, analysis, config, programs, sink);
  complainAbout(missed, script, sink);
  return {
    diagnostics: inOrder(sink),
    spec: sink.failed ? undefined : spec,
    dump: (stage) => dumps[stage]({ script, analysis, programs, source: input.source }),
  };
}

/** A kernel's header that is not there is not missed where everything has a meaning without it: the kernel's own types are known. */
function complainAbout(missed: Parsed['missed'], { preamble }: Script, sink: DiagnosticSink): void {
  for (const { span, message } of missed) {
    const isKernels = preamble.includes.some((include) => include.span.start === span.start && include.system);
    if (!isKernels || sink.failed) sink.warn('include', span, message, { hint: 'the types of the kernel are known without headers; -I names a folder with others' });
  }
}

/** The tree of a script, with what its C says. */
export function parseScript({ source, positional, readC, types }: Pick<CompileInput, 'source' | 'positional' | 'readC' | 'types'>, sink: DiagnosticSink): Parsed {
  const known = types(null);
  const c = readC && { read: readC, known, defines: knowsKernel(known) ? ['BPFTRACE_HAVE_BTF'] : [] };
  return parse(source, sink, { positional, c, isBuiltin: (name) => builtins.has(name) });
}

/** Whether conditionals on BPFTRACE_HAVE_BTF are to be taken. */
function knowsKernel(types: Types): boolean {
  return types.find('struct', 'list_head').length > 0;
}

/** The script's own definitions come before those of the kernel; one view for each module. */
function typesWithScripts(part: CPart | undefined, input: CompileInput): (module: string | null) => Types {
  if (part === undefined) return input.types;
  const views = new Map<string | null, Types>();
  return (module) => {
    const known = views.get(module);
    if (known !== undefined) return known;
    const view = part.types(input.types(module));
    views.set(module, view);
    return view;
  };
}

function compilePrograms(input: CompileInput, analysis: Analysis, config: CompileConfig, programs: CompiledProgram[], sink: DiagnosticSink): Spec | undefined {
  const unit = new Unit(analysis.maps, analysis.types, config);
  for (const [index, check] of analysis.programs.entries()) {
    check.complainTo(sink);
    const lowered = lowerProgram(check, unit);
    if (sink.failed) continue;
    const module = optimize(lowered);
    const generated = generateOrComplain(check, () => generate(module, {
      features: input.features, programName: check.instance.programName, scratchIndex: index, onStackLimit: config.onStackLimit,
    }), sink);
    if (generated !== undefined) programs.push({ check, module, generated });
  }
  return sink.failed ? undefined : buildSpec(input, config, unit, programs);
}

/** Code that BPF cannot hold is the script's fault, as far as the user is concerned. */
function generateOrComplain(check: Checker, run: () => Generated, sink: DiagnosticSink): Generated | undefined {
  try {
    const generated = run();
    if (generated.scratchSize <= largestPerCpuValue) return generated;
    sink.error('codegen', check.instance.span, `${check.probe.title} needs ${generated.scratchSize} bytes for its strings and structs, ${largestPerCpuValue} is the most`, {
      hint: 'read members instead of whole structs, or make strings shorter (max_strlen)',
    });
  } catch (error) {
    if (!(error instanceof NotSupported)) throw error;
    sink.error('codegen', check.instance.span, error.message);
  }
  return undefined;
}

/** PCPU_MIN_UNIT_SIZE of include/linux/percpu.h: the kernel makes no map of larger per-CPU values. */
const largestPerCpuValue = 32768;

function inOrder(sink: DiagnosticSink): readonly Diagnostic[] {
  return sink.all.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}

interface Stages {
  readonly script: Script;
  readonly analysis: Analysis;
  readonly programs: readonly CompiledProgram[];
  readonly source: CompileInput['source'];
}

const dumps: { readonly [K in 'ast' | 'types' | 'ir' | 'asm']: (stages: Stages) => string } = {
  ast: ({ script }) => printTree(script),
  types: ({ analysis }) => printTypes(analysis),
  ir: ({ programs }) => dumpIr(programs),
  asm: ({ programs, source }) => dumpAsm(programs, source),
};
