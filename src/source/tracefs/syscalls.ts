// System calls out of an image: SYSCALL_DEFINE() leaves a struct syscall_metadata for each (include/linux/syscalls.h), from which the kernel makes the
// events sys_enter_* and sys_exit_* when it starts (kernel/trace/trace_syscalls.c).
import { append } from '../../base/append.ts';
import type { Btf } from '../btf/btf.ts';
import type { ImageMemory } from '../image/memory.ts';
import { readImageSymbols } from '../ksyms/image.ts';
import { commonFields } from './commonfields.ts';
import type { EventField } from './format.ts';
import { structure } from './members.ts';
import { shownArguments, writtenFormats } from './shownarguments.ts';
import type { Event } from './tracefs.ts';

export interface Syscall {
  /** Without `sys_`. */
  readonly name: string;
  /** undefined where the image's symbols do not tell it. */
  readonly number: number | undefined;
  readonly args: readonly SyscallArg[];
}

export interface SyscallArg {
  /** C text: `const char *`. */
  readonly type: string;
  readonly name: string;
}

/**
 * System calls that the kernel's table has, and their events. Without symbols to read the table by, all that have metadata: those that only
 * 32-bit programs can make too.
 */
export function scanSyscalls(memory: ImageMemory, btf: Btf): { readonly syscalls: readonly Syscall[]; readonly events: readonly Event[] } {
  const described = readMetadata(memory, btf);
  if (described.size === 0) return { syscalls: [], events: [] };
  const numbers = readTable(memory);
  const syscalls = [...described.values()]
    .map((syscall) => ({ ...syscall, number: numbers?.get(syscall.name) }))
    .filter(({ number }) => numbers === undefined || number !== undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shows = structure(btf, 'syscall_metadata')?.members.has('user_mask') === true;
  const common = commonFields(btf);
  return { syscalls, events: syscalls.flatMap((syscall) => [enterEvent(syscall, common, shows), exitEvent(syscall, common)]) };
}

/** Everything that has the form of a syscall_metadata, by name. */
function readMetadata(memory: ImageMemory, btf: Btf): ReadonlyMap<string, Omit<Syscall, 'number'>> {
  const found = new Map<string, Omit<Syscall, 'number'>>();
  const layout = structure(btf, 'syscall_metadata');
  const [name, number, count, types, args] = ['name', 'syscall_nr', 'nb_args', 'types', 'args'].map((each) => layout?.members.get(each));
  if (layout === undefined || name === undefined || number === undefined || count === undefined || types === undefined || args === undefined) return found;
  for (const { place, bytes, view } of memory.data) {
    for (let at = 0; at + layout.size <= bytes.length; at += 8) {
      const namePlace = memory.pointerIn(view, at + name.offset);
      if (namePlace < 0) continue;
      // The number is set when the kernel starts.
      if (memory.s32(place + at + number.offset) !== -1) continue;
      const word = count.bits === undefined ? (memory.s32(place + at + count.offset) ?? -1) : (bytes[at + count.offset] ?? 0) & (2 ** count.bits - 1);
      if (word < 0 || word > maxArgs) continue;
      const text = memory.text(namePlace, maxText);
      if (text?.startsWith('sys_') !== true) continue;
      const list = readArgs(memory, memory.pointerIn(view, at + types.offset), memory.pointerIn(view, at + args.offset), word);
      if (list !== undefined) found.set(text.slice(4), { name: text.slice(4), args: list });
    }
  }
  return found;
}

const maxArgs = 6;
const maxText = 256;

function readArgs(memory: ImageMemory, types: number, names: number, count: number): readonly SyscallArg[] | undefined {
  const args: SyscallArg[] = [];
  for (let index = 0; index < count; index++) {
    const type = memory.text(memory.pointer(types + 8 * index), maxText);
    const name = memory.text(memory.pointer(names + 8 * index), maxText);
    if (type === undefined || name === undefined) return undefined;
    args.push({ type, name });
  }
  return args;
}

/** Numbers by name, from sys_call_table: the kernel itself finds them by the names of its functions. undefined: no symbols, or no table. */
function readTable(memory: ImageMemory): ReadonlyMap<string, number> | undefined {
  const atPlace = new Map<number, string[]>();
  let table: number | undefined;
  for (const { name, address } of readImageSymbols(memory, 'sys_')) {
    const place = Number(address - memory.base);
    if (name === 'sys_call_table') table = place;
    const found = entryName.exec(name);
    const syscall = found?.[1] ?? found?.[2];
    if (syscall !== undefined) append(atPlace, place, syscall);
  }
  if (atPlace.size === 0) return undefined;
  const places = table === undefined ? tablesIn(memory, atPlace) : [table];
  return places.map((place) => numbersOf(memory, place, atPlace)).find((numbers) => nativeRead.has(numbers.get('read') ?? -1));
}

/** `read` of x86-64, and of those with the numbers of asm-generic; tables for 32-bit programs have it at 3. */
const nativeRead: ReadonlySet<number> = new Set([0, 63]);

function numbersOf(memory: ImageMemory, table: number, atPlace: ReadonlyMap<number, readonly string[]>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (let number = 0; number < maxNumber; number++) {
    const names = atPlace.get(memory.pointer(table + 8 * number));
    if (names === undefined) break;
    if (names.includes('ni_syscall')) continue;
    for (const name of names) if (!numbers.has(name)) numbers.set(name, number);
  }
  return numbers;
}

/** Kernels whose symbols are functions alone (without CONFIG_KALLSYMS_ALL): hundreds of pointers to system calls, one behind the other. */
function tablesIn(memory: ImageMemory, atPlace: ReadonlyMap<number, readonly string[]>): readonly number[] {
  const found: number[] = [];
  for (const { place, bytes, view } of memory.ranges) {
    let run = 0;
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const target = memory.pointerIn(view, at);
      run = target >= 0 && atPlace.has(target) ? run + 1 : 0;
      if (run === minTable) found.push(place + at - 8 * (minTable - 1));
    }
  }
  return found;
}

const minTable = 200;

/** One function may have several of these names. */
const entryName = /^(?:__x64_|__ia32_|__arm64_|__riscv_|__s390x_)?sys_(\w+)$|^__do_sys_(\w+)$/;

/** x86-64 has 335 and, behind a gap, 547; nothing has more. */
const maxNumber = 1024;

/** Eight bytes for each argument, whatever its type (syscall_enter_define_fields). */
function enterEvent({ name, args }: Syscall, common: readonly EventField[], shows: boolean): Event {
  const shown = shows ? (shownArguments.get(name) ?? []) : [];
  const end = firstArg + 8 * args.length;
  const fields: EventField[] = [
    ...common,
    syscallNumber,
    ...args.map((arg, index) => ({ name: arg.name, type: arg.type, array: '', offset: firstArg + 8 * index, size: 8, signed: false, location: 'record' as const })),
    ...shown.map((arg, index) => ({ name: `__${arg.name}_val`, type: 'char', array: '[]', offset: end + 4 * index, size: 4, signed: false, location: 'dataloc' as const })),
  ];
  const kind = (arg: SyscallArg): 'string' | 'bytes' | undefined => shown.find((each) => each.name === arg.name)?.kind;
  const text = args.map((arg) => `${arg.name}: 0x%08lx${{ string: ' \\"%s\\"', bytes: ' (%s)', '': '' }[kind(arg) ?? '']}`).join(', ');
  const values = args.map((arg) => {
    const value = { string: `, __get_str(__${arg.name}_val)`, bytes: `, __print_dynamic_array(__${arg.name}_val, 1)`, '': '' }[kind(arg) ?? ''];
    return `, ((unsigned long)(REC->${arg.name}))${value}`;
  });
  const printFormat = (shows ? writtenFormats.get(name) : undefined) ?? `"${text}"${values.join('')}`;
  return { system: 'syscalls', name: `sys_enter_${name}`, format: { name: `sys_enter_${name}`, fields, printFormat } };
}

function exitEvent({ name }: Syscall, common: readonly EventField[]): Event {
  const fields: EventField[] = [...common, syscallNumber, { name: 'ret', type: 'long', array: '', offset: firstArg, size: 8, signed: true, location: 'record' }];
  return { system: 'syscalls', name: `sys_exit_${name}`, format: { name: `sys_exit_${name}`, fields, printFormat: '"0x%lx", REC->ret' } };
}

/** struct syscall_trace_enter: the entry, the number, then the arguments. */
const firstArg = 16;
const syscallNumber: EventField = { name: '__syscall_nr', type: 'int', array: '', offset: 8, size: 4, signed: true, location: 'record' };
