// A function's prototype with the place of every argument at its entry: `func F`.
import type { Arch } from '../base/arch.ts';
import type { FunctionDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import type { ArgumentPlace } from '../ctype/probes.ts';
import type { Types } from '../ctype/types.ts';
import { entryPlaces } from './abi.ts';

export interface Signature {
  /** `int vfs_read(struct file *file, …)` */
  readonly prototype: string;
  readonly returns: string;
  readonly params: readonly SignatureParam[];
  readonly variadic: boolean;
}

export interface SignatureParam {
  readonly name: string | null;
  readonly type: string;
  /** Where it is when the function is entered: `di`, `si, dx`, `stack + 8`; undefined where no program can read it. */
  readonly place: string | undefined;
  /** What a kprobe calls its registers: `arg0`, `arg1, arg2`; empty for what lies elsewhere. */
  readonly numbered: string;
}

export function signatureOf(types: Types, arch: Arch, { name, type }: FunctionDefinition): Signature {
  const places = entryPlaces(types, arch, type);
  return {
    prototype: declaration(type, name),
    returns: typeText(type.returns),
    variadic: type.variadic,
    params: type.params.map((param, index) => ({ name: param.name, type: typeText(param.type), place: placeText(arch, places[index]?.place), numbered: numbers(arch, places[index]?.place) })),
  };
}

/** The prototype as a C declaration, then a line a parameter: place, type, name. */
export function signatureText({ prototype, params, returns }: Signature, arch: Arch, image: string): string {
  const result = returns === 'void' ? [] : [[registerName(arch, arch.returnRegister), 'retval', returns, '']];
  const rows = [...params.map(({ name, type, place, numbered }) => [place ?? '-', numbered, type, name ?? '']), ...result];
  const widths = [0, 1, 2].map((at) => Math.max(0, ...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) => ` *   ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ').trimEnd()}\n`);
  return `${prototype};\n/* ${image}, ${arch.name}:\n${lines.join('')} */\n`;
}

function placeText(arch: Arch, place: ArgumentPlace | undefined): string | undefined {
  if (place?.in === 'registers') return place.offsets.map((offset) => registerName(arch, offset)).join(', ');
  return place?.in === 'stack' ? `stack + ${place.offset}` : undefined;
}

function numbers(arch: Arch, place: ArgumentPlace | undefined): string {
  return place?.in === 'registers' ? place.offsets.map((offset) => `arg${arch.argumentRegisters.indexOf(offset)}`).join(', ') : '';
}

function registerName(arch: Arch, offset: number): string {
  return Object.entries(arch.registers).find(([, at]) => at === offset)?.[0] ?? `pt_regs + ${offset}`;
}
