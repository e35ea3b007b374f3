// Text of instructions: a table, and the running kernel's own verifier log beside it.
import { describe, expect, test } from 'vitest';
import * as asm from '../../src/bpf/asm.ts';
import { disassemble, text } from '../../src/bpf/disasm.ts';
import type { Insn } from '../../src/bpf/insn.ts';
import { BPF_PSEUDO_FUNC, BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE } from '../../src/bpf/insn.ts';
import { progLoad } from '../../src/sys/prog.ts';
import { noKernel } from '../help/kernelbpf.ts';

test.each<[Insn, string]>([
  [asm.mov(1, 2), 'r1 = r2'],
  [asm.movImm(1, -5), 'r1 = -5'],
  [asm.mov32(1, 2), 'w1 = w2'],
  [asm.movSigned(1, 2, 32), 'r1 = (s32)r2'],
  [asm.alu('div', 3, 4), 'r3 /= r4'],
  [asm.aluImm('arsh', 3, 5), 'r3 s>>= 5'],
  [asm.neg(3), 'r3 = -r3'],
  [asm.toBigEndian(3, 64), 'r3 = be64 r3'],
  [asm.load(8, 1, 6, 104), 'r1 = *(u64 *)(r6 +104)'],
  [asm.loadSigned(1, 1, 6, -1), 'r1 = *(s8 *)(r6 -1)'],
  [asm.store(4, 10, -4, 1), '*(u32 *)(r10 -4) = r1'],
  [asm.storeImm(2, 10, -4, 9), '*(u16 *)(r10 -4) = 9'],
  [asm.atomicAdd(4, 0, 8, 1), 'lock *(u32 *)(r0 +8) += r1'],
  [asm.loadImm64(1, 0x1122334455667788n), 'r1 = 0x1122334455667788'],
  [asm.callHelper(14), 'call bpf_get_current_pid_tgid#14'],
  [asm.callHelper(9999), 'call unknown#9999'],
  [asm.callFunction(-3), 'call pc-3'],
  [asm.exit(), 'exit'],
  [asm.jumpAlways(5), 'goto pc+5'],
  [asm.jumpImm('jset', 1, 8, 2), 'if r1 & 0x8 goto pc+2'],
  [asm.jumpImm('jslt', 1, -1, 2, 32), 'if w1 s< 0xffffffff goto pc+2'],
  [asm.jump('jge', 1, 2, 2), 'if r1 >= r2 goto pc+2'],
  [{ code: 0xff, dst: 0, src: 0, off: 0, imm: 0 }, 'unknown code ff'],
])('%o', (insn, expected) => {
  expect(text(insn)).toBe(expected);
});

test('what a relocation fills in is named', () => {
  const code = asm.encode([asm.loadImm64(1, 0n, BPF_PSEUDO_MAP_FD), asm.loadImm64(2, 0n, BPF_PSEUDO_MAP_VALUE), asm.loadImm64(3, 0n, BPF_PSEUDO_FUNC), asm.callFunction(1)]);
  const names = new Map([[0, 'counts'], [2, 'strings+8'], [4, 'each'], [6, 'hash']]);
  expect(disassemble(code, (slot) => names.get(slot))).toEqual([
    '0: r1 = map[counts]', '2: r2 = map_value[strings+8]', '4: r3 = func[each]', '6: call hash',
  ]);
});

const program: readonly Insn[] = [
  asm.mov(6, 1), asm.movImm(0, -7), asm.callHelper(14), asm.mov32(7, 0), asm.mov(8, 0), asm.aluImm('rsh', 8, 32), asm.aluImm('arsh', 8, 3),
  asm.alu('add', 7, 8), asm.alu('xor', 7, 8, 32), asm.neg(7), asm.toBigEndian(7, 32), asm.aluImm('mod', 7, 10), asm.aluImm('and', 7, 0xff),
  asm.storeImm(8, 10, -8, 1), asm.store(8, 10, -16, 7), asm.atomicAdd(8, 10, -8, 7), asm.load(1, 3, 10, -8), asm.load(2, 3, 10, -16), asm.loadImm64(4, 0x123456789abn),
  asm.jumpImm('jeq', 7, 5, 1), asm.jumpAlways(0), asm.jump('jsgt', 7, 4, 0), asm.jumpImm('jle', 7, -1, 0, 32), asm.jumpImm('jset', 7, 4, 0), asm.movImm(0, 0), asm.exit(),
];

describe.skipIf(noKernel !== undefined)('beside the kernel', () => {
  test('the verifier log has the same text', async () => {
    const loaded = await progLoad({ name: 'test', type: 'raw_tracepoint', attachType: 'none', code: asm.encode(program), license: 'GPL', logLevel: 2, logSize: 1 << 20 }, false);
    loaded.fd?.close();
    const said = new Map([...loaded.log.matchAll(/^(\d+): \([0-9a-f]{2}\) (.*?)(?:\s*;.*)?$/gm)].map(([, slot, line]) => [slot, line?.trim()]));
    // A jump to the next instruction is never taken apart; a goto that changes nothing is not printed by all kernels.
    const mine = disassemble(asm.encode(program)).map((line) => /^(\d+): (.*)$/.exec(line)?.slice(1) ?? []);
    const differing = mine.filter(([slot = '', line]) => said.has(slot) && said.get(slot) !== line);
    expect(differing).toEqual([]);
    expect(said.size).toBeGreaterThan(20);
  });
});
