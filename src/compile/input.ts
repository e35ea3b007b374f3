// What the compiler must be told, and what it answers: the only door through which the machine's facts come in.
import type { Arch } from '../base/arch.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { SourceText } from '../base/span.ts';
import type { Features } from '../bpf/features.ts';
import type { Spec } from '../bpf/spec.ts';
import type { ReadC } from '../ctype/cpart.ts';
import type { Probes } from '../ctype/probes.ts';
import type { Types } from '../ctype/types.ts';
import type { CompileConfig } from './sema/builtin.ts';

export interface CompileInput {
  readonly source: SourceText;
  readonly arch: Arch;
  readonly features: Features;
  /** Types as a probe in that module sees them; null is vmlinux. */
  readonly types: (module: string | null) => Types;
  readonly probes: Probes;
  /** Reads the C in front of the script; undefined where no script has any. */
  readonly readC: ReadC | undefined;
  /** $1, $2, … */
  readonly positional: readonly string[];
  /** `--name=value` behind `--`, for getopt(). */
  readonly named: ReadonlyMap<string, string>;
  /** Defaults with the environment's and the command line's settings; the script's own `config` block fills in what these leave. */
  readonly config: Partial<CompileConfig>;
  readonly unsafe: boolean;
}

export interface Compilation {
  /** Sorted by place; errors mean that there is no Spec. */
  readonly diagnostics: readonly Diagnostic[];
  readonly spec: Spec | undefined;
  /** Texts of the stages, made when asked for: `-d ast|types|ir|asm`. */
  readonly dump: (stage: 'ast' | 'types' | 'ir' | 'asm') => string;
}
