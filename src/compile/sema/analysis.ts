// The semantic analysis: macros expanded, attach points resolved to programs, types worked out until they settle, all complaints at once.
import { DiagnosticSink } from '../../base/diagnostic.ts';
import type { Arch } from '../../base/arch.ts';
import type { Features } from '../../bpf/features.ts';
import { storageOf } from '../../bpf/shape.ts';
import type { Shape } from '../../bpf/shape.ts';
import type { MapType } from '../../bpf/spec.ts';
import type { Probes } from '../../ctype/probes.ts';
import type { Types } from '../../ctype/types.ts';
import type { MapDeclaration, Script } from '../lang/ast.ts';
import { expandAttachPoints } from './attach.ts';
import type { Builtin, CompileConfig } from './builtin.ts';
import { Checker } from './checker.ts';
import { Choices } from './choices.ts';
import { expandHeaderMacros } from './headermacro.ts';
import { expandMacros } from './macro.ts';
import { MapTable } from './maps.ts';
import type { MapState } from './maps.ts';

export interface AnalysisInput {
  readonly script: Script;
  readonly arch: Arch;
  readonly features: Features;
  readonly config: CompileConfig;
  readonly unsafe: boolean;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly probes: Probes;
  readonly types: (module: string | null) => Types;
}

/** A script whose every expression has a type. With errors in the sink it is not to be lowered. */
export interface Analysis {
  /** One a program, in the order of the script. */
  readonly programs: readonly Checker[];
  readonly maps: MapTable;
  /** Types as the script means them, seen from vmlinux. */
  readonly types: Types;
}

export function analyse(input: AnalysisInput, sink: DiagnosticSink): Analysis {
  const { script, builtins, config, unsafe, probes } = input;
  // Macros first: attach points ask what the code behind them uses.
  const declarations = expandHeaderMacros(expandMacros(script, sink), { builtins, types: input.types(null), sink });
  const instances = expandAttachPoints(declarations, { probes, builtins, config, unsafe, sink });
  const maps = new MapTable();
  declareMaps(script, maps, sink);
  const shared = { arch: input.arch, features: input.features, config, unsafe, builtins, maps };
  const choices = new Choices(input.types);
  const programs = instances.map((instance) => new Checker(shared, instance, choices.view(instance.module), sink));
  settleTypes(programs, maps, sink);
  for (const state of maps.all) checkDeclaration(state, sink);
  if (instances.length === 0 && !sink.failed) sink.error('no-probes', script.span, 'No probes to attach');
  return { programs, maps, types: choices.view(null) };
}

/** Types widen only, and stop after a few passes; a script that needs more than this goes in circles. */
const maxPasses = 64;

/** Maps belong to all programs: passes go over all of them until one finds nothing new. The complaints of that pass are the true ones. */
function settleTypes(programs: readonly Checker[], maps: MapTable, sink: DiagnosticSink): void {
  for (let pass = 1; ; pass++) {
    maps.changed = false;
    const complaints = new DiagnosticSink();
    let changed = false;
    for (const program of programs) {
      program.pass(complaints);
      changed ||= program.variables.changed;
    }
    if (!changed && !maps.changed) maps.closeOpen();
    if (!changed && !maps.changed) {
      for (const diagnostic of complaints.all) sink.add(diagnostic);
      return;
    }
    if (pass === maxPasses) throw new Error('sema: types do not settle');
  }
}

function declareMaps(script: Script, maps: MapTable, sink: DiagnosticSink): void {
  for (const declaration of script.declarations) {
    if (declaration.kind !== 'map declaration') continue;
    const state = maps.get(declaration.map, declaration.span);
    if (declaredTypes[declaration.type] === undefined) {
      sink.error('map', declaration.span, `Invalid bpf map type: ${declaration.type}`, { hint: `Valid map types: ${Object.keys(declaredTypes).join(', ')}` });
    } else if (state.declaration !== undefined) {
      sink.error('map', declaration.span, `Redefinition of map ${declaration.map}`);
    } else {
      state.declaration = declaration;
    }
  }
}

const declaredTypes: Readonly<Record<string, MapType | undefined>> = {
  hash: 'hash', lruhash: 'lru_hash', percpuhash: 'percpu_hash', percpulruhash: 'lru_percpu_hash',
};

/** The kernel's kind of map that a declaration names. */
export function declaredType(declaration: MapDeclaration): MapType | undefined {
  return declaredTypes[declaration.type];
}

/** What a declared map holds must fit its type: aggregates are per CPU, plain values are not. */
function checkDeclaration(state: MapState, sink: DiagnosticSink): void {
  const { declaration, value } = state;
  if (declaration === undefined) return;
  if (value === undefined && !state.assigned) {
    sink.warn('map', declaration.span, `Unused map: ${state.name}`);
    return;
  }
  const type = declaredType(declaration);
  if (state.key === null || value === undefined || type === undefined) {
    if (state.key === null) sink.error('map', declaration.span, `${state.name} is declared as ${declaration.type} and used without a key`);
    return;
  }
  const perCpu = value.kind === 'aggregate' && storageOf(value.shape satisfies Shape).perCpu;
  if (perCpu !== (type === 'percpu_hash' || type === 'lru_percpu_hash')) {
    const wanted = perCpu ? 'percpuhash' : 'hash';
    sink.error('map', declaration.span, `Incompatible map types. Type from declaration: ${declaration.type}. Type from value/key type: ${wanted}`);
  }
}
