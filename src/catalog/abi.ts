// Where the arguments of a kernel function are when it is entered, from its prototype: System V AMD64 ABI §3.2.3 and AAPCS64 §6.8.
// The kernel is built without floating point arguments; a function that has one all the same keeps it out of reach.
import type { Arch, ArchName } from '../base/arch.ts';
import { alignUp } from '../base/bits.ts';
import type { CType, FunctionType } from '../ctype/ctype.ts';
import { pointerTo } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import type { ArgumentPlace } from '../ctype/probes.ts';
import { sizeOf, strip, type Types } from '../ctype/types.ts';
import { Layouts } from '../resolve/layout.ts';

export interface PlacedParameter {
  /** undefined where it is in neither register of pt_regs nor memory: empty structs, floating point. */
  readonly place: ArgumentPlace | undefined;
  /** What lies there: the parameter's type, or a pointer to it where the ABI passes a copy's address. */
  readonly type: CType;
}

/** Places at function entry for a program that has struct pt_regs, in order of the parameters. */
export function entryPlaces(types: Types, arch: Arch, type: FunctionType): readonly PlacedParameter[] {
  const layouts = new Layouts(types);
  const frame = new EntryFrame(arch);
  const rules = abis[arch.name];
  if (rules.returnsInMemory(classify(layouts, type.returns))) frame.takeRegisters(1);
  return type.params.map((param) => {
    const passed = classify(layouts, param.type);
    const place = passed.words === 0 ? undefined : rules.place(frame, passed);
    return passed.byReference && arch.name === 'arm64' ? { place, type: pointerTo(param.type) } : { place, type: param.type };
  });
}

/** Places in the context of an fentry or fexit program: one 8-byte slot a word, in order (kernel/bpf/trampoline.c). */
export function slotPlaces(types: Types, type: FunctionType): readonly PlacedParameter[] {
  let first = 0;
  return type.params.map((param) => {
    const count = Math.ceil(sizeOf(types, param.type) / 8);
    const place: ArgumentPlace | undefined = count === 0 ? undefined : { in: 'slots', first, count };
    first += count;
    return { place, type: param.type };
  });
}

/** Why the kernel makes no trampoline for a function of this type; undefined when it does. */
export function trampolineProblem(types: Types, arch: Arch, type: FunctionType): string | undefined {
  const registers = arch.argumentRegisters.length;
  if (type.params.length > registers) return `functions with more than ${registers} parameters are not supported`;
  if (type.variadic) return 'functions with a variable number of arguments are not supported';
  if (recordOf(types, type.returns)) return 'functions that return a struct are not supported';
  if (type.params.some((param) => recordOf(types, param.type) && sizeOf(types, param.type) > 16)) {
    return 'functions that take a struct of more than 16 bytes are not supported';
  }
  const slots = slotPlaces(types, type).reduce((sum, { place }) => sum + (place?.in === 'slots' ? place.count : 0), 0);
  return slots > registers ? `functions whose arguments need more than ${registers} registers are not supported` : undefined;
}

interface Passed {
  /** 8-byte words; 0 for what needs no place, or has none that can be read. */
  readonly words: number;
  /** Bytes, at least 8. */
  readonly alignment: number;
  readonly record: boolean;
  /** Too big for registers. */
  readonly byReference: boolean;
  /** A struct with a member off its alignment. */
  readonly unaligned: boolean;
}

function classify(layouts: Layouts, type: CType): Passed {
  const { types } = layouts;
  const under = strip(types, type);
  const record = recordOf(types, under);
  const size = under.kind === 'float' ? 0 : sizeOf(types, under);
  return {
    words: Math.ceil(size / 8),
    alignment: Math.max(8, layouts.alignment(under)),
    record: record !== undefined,
    byReference: record !== undefined && size > 16,
    unaligned: record !== undefined && hasUnalignedMember(layouts, under),
  };
}

function hasUnalignedMember(layouts: Layouts, type: CType): boolean {
  const record = recordOf(layouts.types, type);
  if (!record) return false;
  return record.members.some((member) => {
    const off = member.bitSize === null && member.bitOffset % (8 * layouts.alignment(member.type)) !== 0;
    return off || hasUnalignedMember(layouts, member.type);
  });
}

/** Registers and stack words that the parameters so far have used up. */
class EntryFrame {
  #register = 0;
  #stack = 0;

  constructor(readonly arch: Arch) {}

  get registersLeft(): number {
    return this.arch.argumentRegisters.length - this.#register;
  }

  takeRegisters(count: number): ArgumentPlace {
    const offsets = this.arch.argumentRegisters.slice(this.#register, this.#register + count);
    this.#register += count;
    return { in: 'registers', offsets };
  }

  /** AAPCS64: values aligned to 16 bytes start at an even register. */
  evenRegister(): void {
    this.#register += this.#register % 2;
  }

  noMoreRegisters(): void {
    this.#register = this.arch.argumentRegisters.length;
  }

  takeStack({ words, alignment }: Passed): ArgumentPlace {
    const offset = alignUp(this.#stack, Math.min(alignment, 16));
    this.#stack = offset + words * 8;
    return { in: 'stack', offset: this.arch.stackArguments + offset };
  }
}

interface Abi {
  /** Whether the caller passes an address for the result in the first argument register. */
  returnsInMemory(result: Passed): boolean;
  place(frame: EntryFrame, passed: Passed): ArgumentPlace;
}

const systemV: Abi = {
  returnsInMemory: (result) => result.byReference || result.unaligned,
  place(frame, passed) {
    const inMemory = passed.byReference || passed.unaligned;
    return !inMemory && passed.words <= frame.registersLeft ? frame.takeRegisters(passed.words) : frame.takeStack(passed);
  },
};

const aapcs64: Abi = {
  returnsInMemory: () => false,
  place(frame, passed) {
    const words = passed.byReference ? 1 : passed.words;
    if (passed.alignment >= 16 && !passed.byReference) frame.evenRegister();
    if (words <= frame.registersLeft) return frame.takeRegisters(words);
    frame.noMoreRegisters();
    return frame.takeStack({ ...passed, words, alignment: passed.byReference ? 8 : passed.alignment });
  },
};

const abis: Readonly<Record<ArchName, Abi>> = { x86_64: systemV, arm64: aapcs64 };
