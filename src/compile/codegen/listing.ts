// `-d asm`: the instructions of a program between the lines of the script that they come from.
import { SourceText } from '../../base/span.ts';
import { disassemble } from '../../bpf/disasm.ts';
import type { ProgramSpec, Relocation } from '../../bpf/spec.ts';
import { unreachable } from '../../base/unreachable.ts';

export function listing(program: Pick<ProgramSpec, 'code' | 'functions' | 'spans' | 'relocations' | 'title'>, source: string): string {
  const text = new SourceText('script', source);
  const symbols = new Map(program.relocations.map((relocation) => [relocation.insn, symbol(relocation)]));
  const starts = new Map(program.functions.map(({ start, name }) => [start, name]));
  const lines = [`; ${program.title}`];
  let last = 0;
  for (const line of disassemble(program.code, (slot) => symbols.get(slot))) {
    const slot = Number.parseInt(line, 10);
    const name = starts.get(slot);
    if (name !== undefined) lines.push(`${name}:`);
    const span = program.spans[slot];
    const at = span ? text.position(span.start).line : last;
    if (at !== last || name !== undefined) lines.push(...(at > 0 ? [`; ${at}: ${text.line(at).trim()}`] : []));
    last = at;
    lines.push(`${' '.repeat(Math.max(0, 6 - `${slot}`.length))}${line}`);
  }
  return `${lines.join('\n')}\n`;
}

function symbol(relocation: Relocation): string {
  switch (relocation.kind) {
    case 'map':
      return relocation.map;
    case 'data':
      return `${relocation.map}+${relocation.offset}`;
    case 'ksym':
      return `ksym ${relocation.symbol}`;
    case 'kfunc':
      return relocation.name;
    case 'cgroup':
      return `cgroup ${relocation.path}`;
    case 'startTime':
    case 'childPid':
    case 'cpus':
      return relocation.kind;
    default:
      return unreachable(relocation);
  }
}
