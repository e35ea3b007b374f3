// Puts the Spec together: programs with their BTF, maps, events, settings.
import { alignUp } from '../base/bits.ts';
import { internalMaps } from '../bpf/spec.ts';
import type { MapSpec, Spec } from '../bpf/spec.ts';
import { DebugInfo } from './codegen/debuginfo.ts';
import type { CompiledProgram } from './dump.ts';
import type { CompileInput } from './input.ts';
import type { Unit } from './lower/unit.ts';
import type { CompileConfig } from './sema/builtin.ts';

export function buildSpec(input: CompileInput, config: CompileConfig, unit: Unit, programs: readonly CompiledProgram[]): Spec {
  const { source, arch } = input;
  const debug = new DebugInfo();
  const specs = programs.map(({ check, generated }) => {
    const { instance, probe } = check;
    const { code, spans, relocations, needsBtf } = generated;
    // Only callbacks need BTF, and it costs a program time to be loaded with it.
    const described = needsBtf ? debug.describe(generated, source) : { functions: [], lines: [] };
    return { name: instance.programName, title: probe.title, type: instance.programType, attach: instance.attach, span: instance.span, code, spans, relocations, ...described };
  });
  return {
    version: 1,
    arch: arch.name,
    license: config.license,
    source: { name: source.name, text: source.text, hidden: source.hidden },
    maps: [...unit.maps(), ...scratchMap(programs)],
    programs: specs,
    events: unit.events,
    btf: programs.some(({ generated }) => generated.needsBtf) ? debug.bytes() : new Uint8Array(),
    config: {
      printMapsOnExit: config.printMapsOnExit,
      truncationTrailer: config.truncationTrailer,
      maxCatBytes: config.maxCatBytes,
      ringPages: config.ringPages,
      missingProbes: config.missingProbes,
      verifierLogSize: config.verifierLogSize,
    },
  };
}

function scratchMap(programs: readonly CompiledProgram[]): readonly MapSpec[] {
  const size = alignUp(Math.max(0, ...programs.map(({ generated }) => generated.scratchSize)), 8);
  return size === 0 ? [] : [{ name: internalMaps.scratch, type: 'percpu_array', keySize: 4, valueSize: size, maxEntries: programs.length, flags: 0 }];
}
