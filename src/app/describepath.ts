// Where a path leads that begins at a name: `sock.__sk_common.skc_daddr`.
import { UsageError } from '../base/errors.ts';
import type { Definition, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { typeText } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import { resolvePath, type PathStep, type ResolvedPath, type ResolvedStep } from '../resolve/path.ts';

/** Of several definitions of a name those that have the path; where none has it, the first one's reason is thrown. */
export function resolveAll(types: Types, definitions: readonly Definition[], steps: readonly PathStep[]): readonly ResolvedPath[] {
  const paths: ResolvedPath[] = [];
  let reason: UsageError | undefined;
  for (const definition of definitions) {
    const record = recordBehind(types, definition);
    if (!record) {
      reason ??= new UsageError(`${definition.name ?? definition.kind} has no members`);
      continue;
    }
    try {
      paths.push(resolvePath(types, record, steps));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      reason ??= error;
    }
  }
  if (paths.length === 0 && reason) throw reason;
  return paths;
}

function recordBehind(types: Types, definition: Definition): RecordDefinition | undefined {
  if (definition.kind === 'struct' || definition.kind === 'union') return definition;
  return definition.kind === 'typedef' ? recordOf(types, definition.type) : undefined;
}

interface StepJson {
  readonly path: string;
  readonly type: string;
  readonly offset: number;
  readonly size: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

export interface PathJson {
  readonly path: string;
  readonly type: string;
  readonly size: number;
  /** Bytes from the start of the last hop. */
  readonly offset: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
  /** One for every pointer that is followed, and the first; offsets count from the start of the hop's record. */
  readonly hops: readonly { readonly kind: 'struct' | 'union'; readonly name: string | null; readonly id: number | null; readonly image: string; readonly steps: readonly StepJson[] }[];
}

export function pathJson(path: string, { hops, last }: ResolvedPath): PathJson {
  const { type, offset, size, bitOffset, bitSize } = stepJson(last);
  const bits = bitOffset === undefined || bitSize === undefined ? {} : { bitOffset, bitSize };
  return {
    path, type, size, offset, ...bits,
    hops: hops.map(({ record: { kind, name, id, image }, steps }) => ({ kind, name, id, image, steps: steps.map(stepJson) })),
  };
}

function stepJson({ type, ...rest }: ResolvedStep): StepJson {
  return { ...rest, type: typeText(type) };
}
