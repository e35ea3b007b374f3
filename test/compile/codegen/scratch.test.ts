// Where the address of scratch memory is asked for: a program without it ends, and must not end while it holds a ring-buffer record.
import { expect, test } from 'vitest';
import { disassemble } from '../../../src/bpf/disasm.ts';
import { generate } from '../../../src/compile/codegen/codegen.ts';
import { Builder } from '../../../src/compile/ir/builder.ts';

/** A record is reserved, and memory too large for the stack is used while it is held. */
function program(before: (ir: Builder) => void): string {
  const ir = new Builder('program', ['ctx']);
  before(ir);
  const record = ir.helper('ringbuf_reserve', [ir.map('events'), ir.constant(16), ir.constant(0)], 'memory?');
  ir.ifPresent(record, 'event', (memory) => {
    const large = ir.slot(1024, 'large');
    ir.helper('probe_read_kernel_str', [large, ir.constant(1024), ir.constant(0)]);
    ir.store(memory, 0, 8, ir.load(large, 0, 8));
    ir.store(memory, 8, 8, ir.constant(1));
    ir.helper('ringbuf_submit', [memory, ir.constant(0)], 'none');
  });
  ir.return(ir.constant(0));
  const { code } = generate({ functions: [ir.build()] }, { features: { isa: 3 }, programName: 'test', scratchIndex: 0, onStackLimit: 32 });
  return disassemble(code).filter((line) => line.includes('call')).map((line) => line.replace(/.*call (?:bpf_)?(\w+).*/, '$1')).join(' ');
}

test('before the record is reserved', () => {
  expect(program(() => undefined)).toBe('map_lookup_elem ringbuf_reserve probe_read_kernel_str ringbuf_submit');
});

test('behind a condition that ends the program', () => {
  const calls = program((ir) => {
    const [go, end] = [ir.block('go'), ir.block('end')];
    ir.branchIf(ir.extend(ir.helper('get_current_pid_tgid', []), 32, false), go, end);
    ir.seal(go);
    ir.seal(end);
    ir.enter(end);
    ir.return(ir.constant(0));
    ir.enter(go);
  });
  expect(calls).toBe('get_current_pid_tgid map_lookup_elem ringbuf_reserve probe_read_kernel_str ringbuf_submit');
});
