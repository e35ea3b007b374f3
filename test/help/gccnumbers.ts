// What gcc says constants are, for every architecture whose ABI is known: a list of them is compiled, and read out of the object.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AbiName } from '../../src/source/headers/abi/abi.ts';

export interface Compiler {
  readonly abi: AbiName;
  readonly command: readonly string[];
  /** Debian's package. */
  readonly from: string;
  readonly there: boolean;
}

const commands: readonly (readonly [AbiName, readonly string[], string])[] = [
  ['x86_64', ['gcc', '-m64'], 'gcc'],
  ['i386', ['gcc', '-m32'], 'gcc'],
  ['arm64', ['aarch64-linux-gnu-gcc'], 'gcc-aarch64-linux-gnu'],
  ['arm', ['arm-linux-gnueabihf-gcc'], 'gcc-arm-linux-gnueabihf'],
];

/** Compiling is enough: no headers, no libraries, no linker of the other architecture are asked for. */
export const compilers: readonly Compiler[] = commands.map(([abi, command, from]) => ({ abi, command, from, there: compiles(command) }));

export function compilerOf(abi: AbiName): Compiler {
  const found = compilers.find((each) => each.abi === abi);
  if (found === undefined) throw new RangeError(abi);
  return found;
}

function compiles([name = '', ...args]: readonly string[]): boolean {
  return spawnSync(name, [...args, '-x', 'c', '-fsyntax-only', '-'], { input: 'int x;\n' }).status === 0;
}

/** Contents of sections of the object that gcc makes of the text. Throws with its complaints. */
export function compileSections(folder: string, { abi, command: [name = '', ...args] }: Compiler, text: string, sections: readonly string[]): readonly Buffer[] {
  const [source, object] = [join(folder, `${abi}.c`), join(folder, `${abi}.o`)];
  writeFileSync(source, text);
  execFileSync(name, [...args, '-std=gnu11', '-w', '-Wno-psabi', '-Wno-packed-bitfield-compat', '-ffreestanding', '-c', '-o', object, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  const file = readFileSync(object);
  return sections.map((section) => sectionOf(file, section));
}

/** One number for each expression. */
export function gccNumbers(folder: string, compiler: Compiler, text: string, expressions: readonly string[]): readonly bigint[] {
  const table = `const long long judge_numbers[] __attribute__((section("judge.numbers"))) = {\n${expressions.map((each) => `(long long)(${each}),\n`).join('')}};\n`;
  const [bytes = Buffer.alloc(0)] = compileSections(folder, compiler, text + table, ['judge.numbers']);
  return expressions.map((_, index) => bytes.readBigInt64LE(8 * index));
}

/** ELF of either class, little endian. */
function sectionOf(file: Buffer, wanted: string): Buffer {
  const wide = file[4] === 2;
  const word = (at: number): number => (wide ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at));
  const [table, size, count, names] = [word(wide ? 40 : 32), ...[58, 60, 62].map((at) => file.readUInt16LE(wide ? at : at - 12))] as const;
  const section = (index: number): { readonly name: number; readonly start: number; readonly length: number } => {
    const at = table + index * (size ?? 0);
    return { name: file.readUInt32LE(at), start: word(at + (wide ? 24 : 16)), length: word(at + (wide ? 32 : 20)) };
  };
  const strings = section(names ?? 0).start;
  for (let index = 0; index < (count ?? 0); index++) {
    const { name, start, length } = section(index);
    if (file.toString('latin1', strings + name, file.indexOf(0, strings + name)) === wanted) return file.subarray(start, start + length);
  }
  throw new Error(`no section ${wanted}`);
}
