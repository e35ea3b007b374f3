// `btfly var NAME`: per-CPU variables, which are the only ones that BTF knows: type, size, section and place.
import { UsageError } from '../base/errors.ts';
import type { VariableDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import { sizeOf } from '../ctype/types.ts';
import { variablePlaces } from '../index/variables.ts';
import type { ImageTypes } from '../index/reader.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export interface VariableAnswer {
  readonly name: string;
  readonly type: string;
  /** As C declares it. */
  readonly declaration: string;
  /** Bytes. */
  readonly size: number;
  readonly section: string;
  /** Bytes from the start of the section, which every CPU has a copy of. */
  readonly offset: number;
  readonly image: string;
  /** BTF type id. */
  readonly id: number | null;
}

export interface VariablesAnswer {
  /** Sorted by name, then image. */
  readonly variables: readonly VariableAnswer[];
  text(): string;
  /** One array; with a line end. */
  json(): string;
}

/** @param name may hold `*`, `?` and `[...]`. Throws UsageError with near names where nothing matches. */
export async function variables(name: string, choice: KernelChoice): Promise<VariablesAnswer> {
  const kernel = await openKernel(choice);
  try {
    return variablesIn(kernel.image, kernel.catalog.path, name);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for types that are open already. @param catalog the file that has them */
export function variablesIn(types: ImageTypes, catalog: string, name: string): VariablesAnswer {
  const found = [...types.all('variable', name)];
  if (found.length === 0) {
    const near = types.near('variable', name, 5);
    throw new UsageError(`no per-CPU variable is called ${name}`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
  }
  const places = variablePlaces(catalog, types.kernel, found);
  const answers = found.map((each, at) => answer(types, each, places[at]?.section ?? ''));
  return { variables: answers, text: () => answers.map(line).join(''), json: () => `${JSON.stringify(answers, undefined, 2)}\n` };
}

function answer(types: ImageTypes, { name, type, offset, image, id }: VariableDefinition, section: string): VariableAnswer {
  return { name, type: typeText(type), declaration: declaration(type, name), size: sizeOf(types, type), section, offset, image, id };
}

function line({ declaration: text, size, section, offset, image }: VariableAnswer): string {
  return `${`${text};`.padEnd(48)} /* ${String(offset).padStart(6)} ${String(size).padStart(6)} */ /* ${section}, ${image} */\n`;
}
