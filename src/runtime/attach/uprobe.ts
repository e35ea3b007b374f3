// uprobes: a perf event at a byte of a file, in every process that maps it or in one.
import { readFile } from 'node:fs/promises';
import { NotSupported } from '../../base/errors.ts';
import type { AttachSpec } from '../../bpf/spec.ts';
import { probePmu, uprobeEvent } from '../../sys/perf.ts';
import type { Program } from '../load.ts';
import type { AttachContext } from './context.ts';
import { attachEventLater } from './context.ts';

export async function attachUprobe(program: Program, attach: Extract<AttachSpec, { kind: 'uprobe' }>, context: AttachContext): Promise<number> {
  const { title } = program.spec;
  const { machine, pid } = context;
  const start = attach.symbol === null ? 0n : await symbolOffset(title, attach.path, attach.symbol);
  const event = uprobeEvent(probePmu(machine.fs, 'uprobe'), attach.path, start + BigInt(attach.offset), attach.returns);
  await attachEventLater(program, event, pid === undefined ? { cpu: machine.anyCpu } : { pid }, title, context);
  return 1;
}

/** STT_FUNC, STT_GNU_IFUNC */
const functionTypes: ReadonlySet<number> = new Set([2, 10]);
/** PT_LOAD */
const loadSegment = 1;

/** Where in the file the function starts: its address, less what its segment is moved by. Throws NotSupported, FormatError. */
async function symbolOffset(title: string, path: string, symbol: string): Promise<bigint> {
  // Read when it is due: most runs have no uprobe.
  const { parseElf } = await import('../../source/elf/elf.ts');
  const elf = parseElf(path, await readFile(path));
  const found = [...elf.symbols('.symtab'), ...elf.symbols('.dynsym')].find(({ name, type, section }) => name === symbol && section !== 0 && functionTypes.has(type));
  if (found === undefined) throw new NotSupported(title, `${title}: ${path} has no function '${symbol}'`, [`nm -D ${path} lists what a stripped file still has`]);
  const segment = elf.segments.find(({ type, address, memorySize }) => type === loadSegment && found.address >= address && found.address < address + memorySize);
  if (segment === undefined) throw new NotSupported(title, `${title}: '${symbol}' lies in no loaded part of ${path}`);
  return found.address - segment.address + BigInt(segment.offset);
}
