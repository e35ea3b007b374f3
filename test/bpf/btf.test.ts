// The BTF that goes with programs, read back by bpftool and by the kernel.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BtfWriter } from '../../src/bpf/btf.ts';
import { btfLoad } from '../../src/sys/btf.ts';
import { noKernel } from '../help/kernelbpf.ts';
import { scratchFolder } from '../help/scratch.ts';

const bpftool = spawnSync('bpftool', ['version']).status === 0;

function example(): BtfWriter {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, true);
  const pointer = btf.pointer(0);
  btf.func('main program', btf.prototype(int, [{ name: 'ctx', type: pointer }]), 'global');
  btf.func('1callback', btf.prototype(int, [{ name: 'p0', type: pointer }, { name: 'p1', type: pointer }]), 'static');
  return btf;
}

test('equal types and strings are written once', () => {
  const btf = example();
  expect(btf.int('int', 4, true)).toBe(btf.int('int', 4, true));
  expect(btf.string('ctx')).toBe(btf.string('ctx'));
  expect(example().bytes()).toEqual(btf.bytes());
});

test.skipIf(!bpftool)('bpftool reads it', () => {
  const file = join(scratchFolder(), 'program.btf');
  writeFileSync(file, example().bytes());
  expect(spawnSync('bpftool', ['btf', 'dump', 'file', file], { encoding: 'utf8' }).stdout).toBe(`\
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=0
[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
	'ctx' type_id=2
[4] FUNC 'main_program' type_id=3 linkage=global
[5] FUNC_PROTO '(anon)' ret_type_id=1 vlen=2
	'p0' type_id=2
	'p1' type_id=2
[6] FUNC '_1callback' type_id=5 linkage=static
`);
});

test.skipIf(noKernel !== undefined)('the kernel takes it', () => {
  const loaded = btfLoad(example().bytes());
  expect(loaded.number).toBeGreaterThan(0);
  loaded.close();
});
