// An eBPF interpreter, written from the instruction set's document alone and sharing nothing with the encoder or the compiler.
import type { Memory, Region } from './memory.ts';

/** Arguments r1 … r5 (undefined: not set) → r0. */
export type HelperFunction = (args: readonly (bigint | undefined)[], machine: Machine) => bigint;

export interface MachineOptions {
  readonly helpers: Readonly<Record<number, HelperFunction>>;
  /** Value of each relocated 64-bit immediate, by slot. */
  readonly relocations: ReadonlyMap<number, bigint>;
  readonly memory: Memory;
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);
const u32 = (value: bigint): bigint => BigInt.asUintN(32, value);
const s32 = (value: bigint): bigint => BigInt.asIntN(32, value);

/** Addresses of functions: this plus the slot. */
const functionBase = 0x7f00_0000_0000n;
const stepLimit = 2_000_000;

interface Frame {
  readonly registers: (bigint | undefined)[];
  readonly stack: Region;
}

export class Machine {
  readonly memory: Memory;
  readonly #code: DataView;
  readonly #options: MachineOptions;
  #steps = 0;
  /** Most frames at once times 512 is what the kernel would refuse; kept for tests. */
  helperCalls = 0;

  constructor(code: Uint8Array, options: MachineOptions) {
    this.#code = new DataView(code.buffer, code.byteOffset, code.byteLength);
    this.#options = options;
    this.memory = options.memory;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Runs the program from its first slot. */
  run(...args: readonly bigint[]): bigint {
    return this.#function(0, args);
  }

  /** Runs a function whose address a callback argument holds. */
  callback(address: bigint, ...args: readonly bigint[]): bigint {
    return this.#function(Number(address - functionBase), args);
  }

  #function(start: number, args: readonly (bigint | undefined)[]): bigint {
    const stack = this.memory.add('stack', 512);
    const registers: (bigint | undefined)[] = Array.from({ length: 11 }, (_, index) => (index >= 1 && index <= 5 ? args[index - 1] : undefined));
    registers[10] = stack.base + 512n;
    const frame = { registers, stack };
    let at: number | undefined = start;
    while (at !== undefined) {
      if (++this.#steps > stepLimit) throw new Error('the program does not end');
      at = this.#step(at, frame);
    }
    this.memory.remove(stack);
    return this.#get(frame, 0);
  }

  #get({ registers }: Frame, register: number): bigint {
    const value = registers[register];
    if (value === undefined) throw new Error(`r${register} is read before it was written`);
    return value;
  }

  /** The slot that comes next; undefined at the end of the function. */
  #step(at: number, frame: Frame): number | undefined {
    const byte = 8 * at;
    const code = this.#code.getUint8(byte);
    const dst = this.#code.getUint8(byte + 1) & 15;
    const src = this.#code.getUint8(byte + 1) >> 4;
    const off = this.#code.getInt16(byte + 2, true);
    const imm = this.#code.getInt32(byte + 4, true);
    const set = (value: bigint): void => {
      if (dst === 10) throw new Error('r10 is written');
      frame.registers[dst] = u64(value);
    };
    switch (code & 7) {
      case 0:
        set(this.#immediate(at, src, imm));
        return at + 2;
      case 1: {
        const size = sizeOf(code);
        const value = this.memory.read(this.#address(frame, src, off, size), size);
        set((code & 0xe0) === 0x80 ? BigInt.asIntN(8 * size, value) : value);
        return at + 1;
      }
      case 2:
        this.#store(frame, dst, off, sizeOf(code), BigInt(imm));
        return at + 1;
      case 3:
        if ((code & 0xe0) === 0xc0) this.#atomic(frame, dst, off, sizeOf(code), this.#get(frame, src), imm);
        else this.#store(frame, dst, off, sizeOf(code), this.#get(frame, src));
        return at + 1;
      case 4:
      case 7:
        set(this.#arithmetic(frame, code, dst, src, off, imm));
        return at + 1;
      default:
        return this.#jump(at, frame, code, dst, src, off, imm);
    }
  }

  #store(frame: Frame, base: number, off: number, size: number, value: bigint): void {
    this.memory.write(this.#address(frame, base, off, size), size, value);
  }

  #address(frame: Frame, base: number, off: number, size: number): bigint {
    const address = this.#get(frame, base) + BigInt(off);
    const { stack } = frame;
    const onStack = address >= stack.base && address < stack.base + 512n;
    if (onStack && address % BigInt(size) !== 0n) throw new Error(`unaligned access to the stack: ${size} bytes at ${address - stack.base - 512n}`);
    return address;
  }

  #immediate(at: number, kind: number, low: number): bigint {
    if (kind === 4) return functionBase + BigInt(at + 1 + low);
    const relocated = this.#options.relocations.get(at);
    if (relocated !== undefined) return relocated;
    return (BigInt(this.#code.getUint32(8 * at + 12, true)) << 32n) | u32(BigInt(low));
  }

  #atomic(frame: Frame, dst: number, off: number, size: number, operand: bigint, operation: number): void {
    if (operation !== 0) throw new Error(`atomic operation ${operation} is not known`);
    const address = this.#address(frame, dst, off, size);
    this.memory.write(address, size, this.memory.read(address, size) + operand);
  }

  #arithmetic(frame: Frame, code: number, dst: number, src: number, off: number, imm: number): bigint {
    const wide = (code & 7) === 7;
    const operation = code >> 4;
    if (operation === 13) return swap(this.#get(frame, dst), imm, wide || (code & 8) !== 0);
    const operand = (code & 8) === 0 ? u64(BigInt(imm)) : this.#get(frame, src);
    if (operation === 11) {
      const moved = off === 0 ? operand : BigInt.asIntN(off, operand);
      return wide ? moved : u32(moved);
    }
    const bits = wide ? 64n : 32n;
    const cut = wide ? u64 : u32;
    const value = calculate(operation, cut(this.#get(frame, dst)), operation === 8 ? 0n : cut(operand), bits);
    return cut(value);
  }

  #jump(at: number, frame: Frame, code: number, dst: number, src: number, off: number, imm: number): number | undefined {
    const operation = code >> 4;
    if (operation === 0) return at + 1 + ((code & 7) === 6 ? imm : off);
    if (operation === 9) return undefined;
    if (operation === 8) {
      frame.registers[0] = this.#call(at, frame, src, imm);
      for (let register = 1; register <= 5; register++) frame.registers[register] = undefined;
      return at + 1;
    }
    const wide = (code & 7) === 5;
    const cut = wide ? u64 : u32;
    const left = cut(this.#get(frame, dst));
    const right = cut((code & 8) === 0 ? BigInt(imm) : this.#get(frame, src));
    return test(operation, left, right, wide ? s64 : s32) ? at + 1 + off : at + 1;
  }

  #call(at: number, frame: Frame, kind: number, imm: number): bigint {
    const args = frame.registers.slice(1, 6);
    if (kind === 1) return this.#function(at + 1 + imm, args);
    const helper = this.#options.helpers[imm];
    if (kind !== 0 || helper === undefined) throw new Error(`nothing answers the call ${kind}:${imm}`);
    this.helperCalls++;
    return u64(helper(args, this));
  }
}

function sizeOf(code: number): number {
  return [4, 2, 1, 8][(code >> 3) & 3] ?? 0;
}

function swap(value: bigint, bits: number, exchange: boolean): bigint {
  const cut = BigInt.asUintN(bits, value);
  if (!exchange) return cut;
  let swapped = 0n;
  for (let byte = 0; byte < bits; byte += 8) swapped = (swapped << 8n) | ((cut >> BigInt(byte)) & 0xffn);
  return swapped;
}

/** add sub mul div or and lsh rsh neg mod xor mov arsh */
function calculate(operation: number, a: bigint, b: bigint, bits: bigint): bigint {
  switch (operation) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    case 3:
      return b === 0n ? 0n : a / b;
    case 4:
      return a | b;
    case 5:
      return a & b;
    case 6:
      return a << (b & (bits - 1n));
    case 7:
      return a >> (b & (bits - 1n));
    case 8:
      return -a;
    case 9:
      return b === 0n ? a : a % b;
    case 10:
      return a ^ b;
    case 12:
      return BigInt.asIntN(Number(bits), a) >> (b & (bits - 1n));
    default:
      throw new Error(`arithmetic operation ${operation} is not known`);
  }
}

function test(operation: number, a: bigint, b: bigint, signed: (value: bigint) => bigint): boolean {
  switch (operation) {
    case 1:
      return a === b;
    case 2:
      return a > b;
    case 3:
      return a >= b;
    case 4:
      return (a & b) !== 0n;
    case 5:
      return a !== b;
    case 6:
      return signed(a) > signed(b);
    case 7:
      return signed(a) >= signed(b);
    case 10:
      return a < b;
    case 11:
      return a <= b;
    case 12:
      return signed(a) < signed(b);
    case 13:
      return signed(a) <= signed(b);
    default:
      throw new Error(`jump operation ${operation} is not known`);
  }
}
