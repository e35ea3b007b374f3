// Texts of the later stages, for `-d ir` and `-d asm`: one part a program.
import type { SourceText } from '../base/span.ts';
import type { Generated } from './codegen/codegen.ts';
import { listing } from './codegen/listing.ts';
import type { Module } from './ir/ir.ts';
import { printModule } from './ir/print.ts';
import type { Checker } from './sema/checker.ts';

export interface CompiledProgram {
  readonly check: Checker;
  readonly module: Module;
  readonly generated: Generated;
}

export function dumpIr(programs: readonly CompiledProgram[]): string {
  return programs.map(({ check, module }) => `; ${check.probe.title}\n${printModule(module)}`).join('\n');
}

export function dumpAsm(programs: readonly CompiledProgram[], source: SourceText): string {
  return programs
    .map(({ check, generated }) => {
      const functions = generated.functions.map((each) => ({ ...each, btfType: 0 }));
      return listing({ ...generated, functions, title: check.probe.title }, source.text);
    })
    .join('\n');
}
