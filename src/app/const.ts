// `btfly const NAME`: what a macro of the kernel's headers or an enumerator stands for.
import { UsageError } from '../base/errors.ts';
import { nearest } from '../ctype/suggest.ts';
import { constantsLike, constantsNamed, type NamedConstant } from '../index/namedconstants.ts';
import type { KernelInfo } from '../index/reader.ts';
import { openKernel, type KernelChoice } from './kernel.ts';

export interface ConstantsAnswer {
  readonly found: readonly NamedConstant[];
  /** As C defines them, a line each. */
  text(): string;
  /** One array; with a line end. */
  json(): string;
}

/** @param name may hold `*`, `?` and `[...]`. Throws UsageError with near names where nothing matches. */
export async function constants(name: string, choice: KernelChoice): Promise<ConstantsAnswer> {
  const kernel = await openKernel(choice);
  try {
    return constantsIn(kernel.catalog.path, kernel.image.kernel, name);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for a kernel that is open already. @param catalog the file that has it */
export function constantsIn(catalog: string, kernel: KernelInfo, name: string): ConstantsAnswer {
  const found = constantsNamed(catalog, kernel, name);
  if (found.length === 0) {
    const near = nearest(name, constantsLike(catalog, kernel, name), 5);
    const hasMacros = kernel.images.some(({ sources }) => sources.some(({ kind }) => kind === 'macros'));
    const hint = near.length > 0 ? `near it: ${near.join(', ')}` : hasMacros ? undefined : `the headers of ${kernel.name} are not in the catalog: btfly index --headers DIR`;
    throw new UsageError(`no macro and no enumerator is called ${name}`, hint);
  }
  return { found, text: () => found.map(line).join(''), json: () => `${JSON.stringify(found.map(plain), undefined, 2)}\n` };
}

function line(found: NamedConstant): string {
  if (found.what === 'enumerator') return `${found.name} = ${found.value} /* ${hexadecimal(found.value)}, ${enumName(found)} */\n`;
  const { name, header, own } = found;
  const place = own ? `<${header}>` : `<${header}> of other headers`;
  switch (found.kind) {
    case 'integer':
      return `#define ${name} ${found.value} /* ${hexadecimal(found.value)}, ${place} */\n`;
    case 'string':
      return `#define ${name} ${JSON.stringify(found.text)} /* ${place} */\n`;
    case 'function':
      return `#define ${name}(${found.params.join(', ')}) ${found.body} /* ${place} */\n`;
    case 'alias':
      return `#define ${name} ${found.path} /* a member, ${place} */\n`;
  }
}

function enumName({ of, image }: Extract<NamedConstant, { what: 'enumerator' }>): string {
  const text = of === null ? 'an enum without a name' : `enum ${of}`;
  return image === 'vmlinux' ? text : `${text} in ${image}`;
}

/** Negative ones as the 64 bits that a script sees; those that fit into 32 as those. */
function hexadecimal(value: bigint): string {
  const bits = value >= 0n ? value : BigInt.asUintN(value >= -(2n ** 31n) ? 32 : 64, value);
  return `0x${bits.toString(16)}`;
}

function plain(found: NamedConstant): object {
  if (!('value' in found)) return found;
  const number = Number(found.value);
  return { ...found, value: Number.isSafeInteger(number) ? number : String(found.value), hex: hexadecimal(found.value) };
}
