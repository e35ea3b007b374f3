// What the generator makes of small functions: few instructions, the right ones; and what it does where things get tight.
import { describe, expect, test } from 'vitest';
import { SourceText } from '../../../src/base/span.ts';
import { disassemble } from '../../../src/bpf/disasm.ts';
import type { Generated } from '../../../src/compile/codegen/codegen.ts';
import { generate } from '../../../src/compile/codegen/codegen.ts';
import { DebugInfo } from '../../../src/compile/codegen/debuginfo.ts';
import { listing } from '../../../src/compile/codegen/listing.ts';
import { Builder } from '../../../src/compile/ir/builder.ts';
import type { Module, ValueId } from '../../../src/compile/ir/ir.ts';
import { verify } from '../../../src/compile/ir/verify.ts';
import { optimize } from '../../../src/compile/opt/opt.ts';
import { parseModule } from '../../help/irparse.ts';
import { runAsBpf, runAsIr, testMaps } from '../../help/irworld.ts';
import { noKernel, runInKernel } from '../../help/kernelbpf.ts';

const options = { features: { isa: 3 as const }, programName: 'test', scratchIndex: 2, onStackLimit: 32 };

function compiled(module: Module, isa: 3 | 4 = 3): Generated {
  verify(module);
  const optimized = optimize(module);
  verify(optimized);
  return generate(optimized, { ...options, features: { isa } });
}

function assembly(text: string, isa: 3 | 4 = 3): string[] {
  return disassemble(compiled(parseModule(text), isa).code).map((line) => line.replace(/^\d+: /, ''));
}

describe('golden', () => {
  test.each<[string, string, readonly string[]]>([
    ['a counter in an array', `
      func f(ctx)
        slot 0 key: 4 bytes, align 4, on stack
      entry:
        v0 = slot 0 : memory
        store u32 [v0], 0
        v1 = map table : map
        v2 = helper map_lookup_elem(v1, v0) : memory?
        branch ne v2, 0 ? found : end
      found:
        v3 = load u64 [v2]
        v4 = add v3, 1
        store u64 [v2], v4
        jump end
      end:
        return 0`, [
      '*(u32 *)(r10 -8) = 0', 'r1 = 0x0', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem#1', 'if r0 == 0x0 goto pc+3',
      'r5 = *(u64 *)(r0 +0)', 'r5 += 1', '*(u64 *)(r0 +0) = r5', 'r0 = 0', 'exit',
    ]],
    ['a false predicate', `
      func f(ctx)
        slot 0 comm: 16 bytes
      entry:
        v0 = param 0 : ctx
        v1 = helper get_current_pid_tgid()
        v2 = lshr v1, 32
        v3 = eq v2, 1
        branch ne v3, 0 ? body : end
      body:
        v4 = load u64 [v0+112]
        v5 = map data [results] : memory
        store u64 [v5], v4
        store u64 [v5+8], v2
        jump end
      end:
        return 0`, [
      'r6 = r1', 'call bpf_get_current_pid_tgid#14', 'r0 >>= 32', 'if r0 != 0x1 goto pc+5', 'r5 = *(u64 *)(r6 +112)', 'r4 = 0x0',
      '*(u64 *)(r4 +0) = r5', '*(u64 *)(r4 +8) = 1', 'r0 = 0', 'exit',
    ]],
    ['a value read by a lookup that may fail', `
      func f(ctx)
        slot 0 key: 4 bytes, align 4
      entry:
        v0 = slot 0 : memory
        store u32 [v0], 1
        v1 = map table : map
        v2 = helper map_lookup_elem(v1, v0) : memory?
        branch ne v2, 0 ? found : end
      found:
        v3 = load u64 [v2]
        jump end
      end:
        v4 = phi entry: 0, found: v3
        v5 = map data [results] : memory
        store u64 [v5], v4
        return 0`, [
      '*(u32 *)(r10 -8) = 1', 'r1 = 0x0', 'r2 = r10', 'r2 += -8', 'call bpf_map_lookup_elem#1', 'if r0 == 0x0 goto pc+1',
      'r0 = *(u64 *)(r0 +0)', 'r5 = 0x0', '*(u64 *)(r5 +0) = r0', 'r0 = 0', 'exit',
    ]],
    ['a choice, a comparison, a test of bits', `
      func f(ctx)
      entry:
        v0 = param 0 : ctx
        v1 = load u64 [v0]
        v2 = sgt v1, 0
        v3 = select v2, 0, v1
        v4 = and v1, 16
        branch ne v4, 0 ? a : b
      a:
        v5 = ult v3, 9
        return v5
      b:
        return v3`, [
      'r5 = *(u64 *)(r1 +0)', 'r0 = 0', 'if r5 s> 0x0 goto pc+1', 'r0 = r5', 'if r5 & 0x10 goto pc+1', 'exit', 'r5 = 1', 'if r0 < 0x9 goto pc+1',
      'r5 = 0', 'r0 = r5', 'exit',
    ]],
    ['a read of the kernel', `
      func f(ctx)
      entry:
        v0 = param 0 : ctx
        v1 = load u64 [v0+104]
        v2 = probe read kernel u16 [v1+16]
        return v2`, [
      'r3 = *(u64 *)(r1 +104)', 'r3 += 16', 'r1 = r10', 'r1 += -8', 'r2 = 2', 'call bpf_probe_read_kernel#113', 'r0 = *(u16 *)(r10 -8)', 'exit',
    ]],
    ['a long zero and a long copy are calls', `
      func f(ctx)
        slot 0 a: 136 bytes
      entry:
        v0 = slot 0 : memory
        zero [v0], 136
        v1 = map data [results] : memory
        copy [v1], [v0+8], 120
        return 0`, [
      'r1 = r10', 'r1 += -128', 'r2 = 120', 'r3 = 0', 'call bpf_probe_read_kernel#113', 'r1 = 0x0', 'r2 = 120', 'r3 = r10', 'r3 += -128',
      'call bpf_probe_read_kernel#113', 'r0 = 0', 'exit',
    ]],
    ['32 bits are compared as 32 bits', `
      func f(ctx)
      entry:
        v0 = param 0 : ctx
        v1 = load u64 [v0+80]
        v2 = extend s32 v1
        branch slt v2, -5 ? a : b
      a:
        branch eq v2, -17 ? b : c
      b:
        return 1
      c:
        return 2`, [
      'r5 = *(u64 *)(r1 +80)', 'if w5 s>= 0xfffffffb goto pc+3', 'if w5 == 0xffffffef goto pc+2', 'r0 = 2', 'exit', 'r0 = 1', 'exit',
    ]],
  ])('%s', (_, text, expected) => {
    expect(assembly(text)).toEqual(expected);
  });

  test('sign extension by instruction set', () => {
    const text = `
      func f(ctx)
      entry:
        v0 = param 0 : ctx
        v1 = load u64 [v0]
        v2 = extend s16 v1
        return v2`;
    expect(assembly(text, 3)).toEqual(['r0 = *(u64 *)(r1 +0)', 'r0 <<= 48', 'r0 s>>= 48', 'exit']);
    expect(assembly(text, 4)).toEqual(['r5 = *(u64 *)(r1 +0)', 'r0 = (s16)r5', 'exit']);
  });
});

/** Values that are all wanted at once, some of them over calls. */
function crowd(count: number): Module {
  const b = new Builder('program', ['ctx']);
  const input = b.mapData('inputs', 0);
  const values: ValueId[] = [];
  for (let n = 0; n < count; n++) {
    if (n % 10 === 9) values.push(b.helper('get_current_pid_tgid', []));
    values.push(b.binary('xor', b.binary('mul', b.load(input, (8 * n) % 64, 8), b.constant(2 * n + 3)), b.constant(n)));
  }
  b.emit({ kind: 'call', name: 'callee', args: [values[0] ?? 0, values[1] ?? 0] });
  let sum = b.constant(1);
  for (const value of values) sum = b.binary('add', b.binary('mul', sum, b.constant(31)), value);
  b.store(b.mapData('results', 0), 0, 8, sum);
  b.return(b.constant(0));
  const callee = new Builder('callee', ['scalar', 'scalar']);
  callee.return(callee.binary('add', callee.param(0), callee.param(1)));
  return { functions: [b.build(), callee.build()] };
}

const input = new Uint8Array(BigUint64Array.from([1n, 2n, 3n, 0x1_0000_0001n, 5n, 6n, 0xffff_ffff_ffff_fff7n, 8n]).buffer);

describe('where it gets tight', () => {
  test.each([5, 10, 20, 40, 50])('%d values at once', (count) => {
    const module = crowd(count);
    const expected = runAsIr(module, input);
    for (const each of [module, optimize(module)]) expect(runAsBpf(generate(each, options), input)).toEqual(expected);
  });

  test.skipIf(noKernel !== undefined)('40 values at once in the kernel', async () => {
    const module = crowd(40);
    const pid = BigInt(process.pid);
    const expected = runAsIr(module, input, { pidTgid: (pid << 32n) | pid, comm: '' });
    const { map } = await runInKernel(compiled(module), testMaps(input));
    expect(Buffer.concat([map('results'), map('table')])).toEqual(expected);
  });

  test('more values than the stack holds', () => {
    expect(() => compiled(crowd(80))).toThrow(/^test: the program needs \d+ bytes of stack, 512 is the most$/);
  });

  test('slots that together do not fit move to scratch memory, the largest first', () => {
    const b = new Builder('program', ['ctx']);
    const slots = [8, 24, 40, 200, 300].map((size) => ({ size, slot: b.slot(size, `s${size}`) }));
    for (const { slot, size } of slots) b.store(slot, size - 8, 8, b.load(b.mapData('inputs', 0), 0, 8));
    for (const { slot, size } of slots) b.helper('trace_printk', [slot, b.constant(size)]);
    b.return(b.constant(0));
    const { scratchSize, stackDepth, relocations } = compiled({ functions: [b.build()] });
    expect({ scratchSize, stackDepth, lookups: relocations.filter((each) => each.kind === 'map').length }).toEqual({ scratchSize: 40 + 200 + 304, stackDepth: 32, lookups: 1 });
  });

  test('a jump over more than 32,767 instructions', () => {
    const b = new Builder('program', ['ctx']);
    const value = b.load(b.mapData('inputs', 0), 0, 8);
    const results = b.mapData('results', 0);
    const [far, near, loop, end] = [b.block('far'), b.block('near'), b.block('loop'), b.block('end')];
    b.write('i', b.constant(0));
    b.jump(loop);
    b.enter(loop);
    const i = b.read('i');
    b.branch('eq', b.binary('and', value, b.constant(1)), i, near, far);
    b.seal(near);
    b.enter(near);
    for (let n = 0; n < 50_000; n++) b.emit({ kind: 'atomicAdd', base: results, offset: 8 * (n % 9), size: 8, value: i }, 'none');
    b.jump(far);
    b.seal(far);
    b.enter(far);
    b.write('i', b.binary('add', i, b.constant(1)));
    b.branch('ult', b.read('i'), b.constant(3), loop, end);
    b.seal(loop);
    b.seal(end);
    b.enter(end);
    b.store(results, 0, 8, b.read('i'));
    b.return(b.constant(0));
    const module = { functions: [b.build()] };
    const generated = generate(module, options);
    expect(runAsBpf(generated, input)).toEqual(runAsIr(module, input));
    expect(disassemble(generated.code).length).toBeLessThan(50_030);
  });
});

/** bpf_loop over a callback that adds up squares in its context, and calls a function. */
function loopModule(): Module {
  const b = new Builder('program', ['ctx']);
  const context = b.slot(16, 'context', { onStack: true });
  b.store(context, 0, 8, b.constant(0));
  b.store(context, 8, 8, b.load(b.mapData('inputs', 0), 8, 8));
  const done = b.helper('loop', [b.constant(10), b.emit({ kind: 'functionAddress', name: 'each' }, 'function'), context, b.constant(0)]);
  const results = b.mapData('results', 0);
  b.store(results, 0, 8, b.load(context, 0, 8));
  b.store(results, 8, 8, done);
  b.return(b.constant(0));
  const each = new Builder('each', ['scalar', 'memory']);
  const [index, state] = [each.param(0), each.param(1)];
  const square = each.emit({ kind: 'call', name: 'square', args: [index] });
  each.store(state, 0, 8, each.binary('add', each.load(state, 0, 8), each.binary('mul', square, each.load(state, 8, 8))));
  const text = each.slot(600, 'text');
  each.helper('probe_read_kernel_str', [text, each.constant(600), each.constant(0)]);
  each.return(each.compare('eq', index, each.constant(4)));
  const square_ = new Builder('square', ['scalar']);
  square_.return(square_.binary('mul', square_.param(0), square_.param(0)));
  const unused = new Builder('unused', []);
  unused.return(unused.constant(0));
  return { functions: [b.build(), each.build(), square_.build(), unused.build()] };
}

describe('functions', () => {
  test('those that are called lie one behind the other, callbacks want BTF', () => {
    const { functions, needsBtf, stackDepth, scratchSize } = compiled(loopModule());
    expect(functions.map(({ name, params }) => [name, params])).toEqual([['program', 1], ['each', 2], ['square', 1]]);
    expect({ needsBtf, stackDepth, scratchSize }).toEqual({ needsBtf: true, stackDepth: 32 + 32 + 32, scratchSize: 600 });
    expect(compiled(crowd(3)).needsBtf).toBe(false);
  });

  test.skipIf(noKernel !== undefined)('a loop in the kernel', async () => {
    const { map } = await runInKernel(compiled(loopModule()), testMaps(input));
    // 0 + 1 + 4 + 9 + 16, times 2; the fifth round ends it
    expect([...new BigUint64Array(Uint8Array.from(map('results')).buffer)].slice(0, 2)).toEqual([60n, 5n]);
  });

  test('a function that calls itself', () => {
    const b = new Builder('f', []);
    b.return(b.emit({ kind: 'call', name: 'f', args: [] }));
    expect(() => compiled({ functions: [b.build()] })).toThrow('codegen: f calls itself');
  });
});

test.skipIf(noKernel !== undefined)('pointers that are used as numbers', async () => {
  const b = new Builder('program', ['ctx']);
  const task = b.helper('get_current_task_btf', [], 'btf');
  const results = b.mapData('results', 0);
  const scaled = [b.binary('lshr', task, b.constant(4)), b.binary('and', task, b.constant(0xfff)), b.extend(task, 16, false), b.binary('add', task, b.helper('ktime_get_ns', [])),
    b.binary('mul', task, b.constant(3)), b.emit({ kind: 'not', a: task }), b.emit({ kind: 'bswap', bits: 64, a: b.binary('add', task, b.constant(1n << 40n)) })];
  const [shifted = 0, masked = 0, short = 0] = scaled;
  const same = b.binary('sub', b.binary('shl', shifted, b.constant(4)), b.binary('sub', task, b.binary('and', masked, b.constant(15))));
  b.store(results, 0, 8, same);
  b.store(results, 8, 8, b.binary('xor', short, b.binary('and', b.helper('get_current_task', []), b.constant(0xffff))));
  b.store(results, 16, 8, scaled.reduce((sum, value) => b.binary('xor', sum, value)));
  const part = b.slot(8, 'part');
  b.store(part, 0, 4, task);
  b.store(part, 4, 4, b.constant(0));
  b.store(results, 24, 8, b.binary('xor', b.load(part, 0, 4), b.extend(b.helper('get_current_task', []), 32, false)));
  b.return(b.constant(0));
  const { map } = await runInKernel(compiled({ functions: [b.build()] }), testMaps(input));
  const results_ = new BigUint64Array(Uint8Array.from(map('results')).buffer);
  expect([results_[0], results_[1], results_[3]]).toEqual([0n, 0n, 0n]);
});

describe('what goes with the code', () => {
  const source = new SourceText('test.bt', 'BEGIN\n{\n\t@x = pid;\n\texit();\n}\n');
  const at = (text: string): { start: number; end: number } => ({ start: source.text.indexOf(text), end: source.text.indexOf(text) + text.length });

  function generated(): Generated {
    const b = new Builder('begin', ['ctx']);
    b.setSpan(at('BEGIN'));
    const results = b.mapData('results', 8);
    b.setSpan(at('pid'));
    const pid = b.helper('get_current_pid_tgid', []);
    b.setSpan(at('@x = pid'));
    b.store(results, 0, 8, pid);
    b.setSpan(at('exit()'));
    b.return(b.constant(0));
    return compiled({ functions: [b.build()] });
  }

  test('the listing shows script and instructions together', () => {
    const program = generated();
    const functions = program.functions.map((func) => ({ ...func, btfType: 0 }));
    expect(listing({ ...program, functions, title: 'BEGIN' }, source.text)).toBe(`\
; BEGIN
begin:
; 3: @x = pid;
     0: call bpf_get_current_pid_tgid#14
     1: r5 = map_value[results+8]
     3: *(u64 *)(r5 +0) = r0
; 4: exit();
     4: r0 = 0
     5: exit
`);
  });

  test('lines of the script for the verifier', () => {
    const debug = new DebugInfo();
    const { lines, functions } = debug.describe(generated(), source);
    expect(lines.map(({ insn, line, column }) => [insn, line, column])).toEqual([[0, 3, 7], [1, 3, 2], [4, 4, 2]]);
    expect(functions.map(({ name, start }) => [name, start])).toEqual([['begin', 0]]);
    const text = Buffer.from(debug.bytes()).toString('latin1');
    expect(lines.map((each) => text.slice(text.indexOf('\0int\0') + each.text).split('\0')[0])).toEqual(['@x = pid;', '@x = pid;', 'exit();']);
  });
});
