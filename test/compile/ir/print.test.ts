// Every operation as `-d ir` shows it.
import { expect, test } from 'vitest';
import { Builder } from '../../../src/compile/ir/builder.ts';
import { printModule } from '../../../src/compile/ir/print.ts';
import { verify } from '../../../src/compile/ir/verify.ts';

test('all operations', () => {
  const b = new Builder('main', ['ctx']);
  const ctx = b.param(0);
  const memory = b.slot(16, 'key', { onStack: true });
  const small = b.slot(2, 'small', { align: 2 });
  const a = b.load(ctx, 8, 4, true);
  b.store(memory, 8, 8, b.binary('umod', a, b.constant(-3)));
  b.emit({ kind: 'atomicAdd', base: b.mapData('losses', 16), offset: 0, size: 8, value: b.constant(1n << 40n) }, 'none');
  b.zero(memory, 0, 8);
  b.copy(memory, 8, small, -2, 2);
  const read = b.emit({ kind: 'probeRead', space: 'user', address: a, offset: -4, size: 2, signed: true });
  const flags = b.select(b.compare('sle', read, a), b.extend(a, 16, false), b.emit({ kind: 'bswap', bits: 32, a }));
  b.helper('map_delete_elem', [b.map('m'), memory]);
  b.emit({ kind: 'kfunc', name: 'bpf_get_task_exe_file', args: [flags] }, 'none');
  b.helper('loop', [b.constant(4), b.emit({ kind: 'functionAddress', name: 'each' }, 'function'), memory, b.constant(0)]);
  b.emit({ kind: 'call', name: 'each', args: [b.runtime({ kind: 'ksym', symbol: 'jiffies' }), b.runtime({ kind: 'cgroup', path: '/x' }), b.runtime({ kind: 'cpus' })] });
  b.ifElse(b.emit({ kind: 'not', a: b.emit({ kind: 'neg', a: flags }) }), 'if', () => b.return(flags));
  b.return(b.constant(0));
  const each = new Builder('each', ['scalar', 'scalar', 'scalar']);
  each.return(each.param(1));
  const module = { functions: [b.build(), each.build()] };
  verify(module);
  expect(printModule(module)).toBe(`\
func main(ctx)
  slot 0 key: 16 bytes, align 8, on stack
  slot 1 small: 2 bytes, align 2
entry#0:
  v0 = param 0 : ctx
  v1 = slot 0 : memory
  v2 = slot 1 : memory
  v3 = load s32 [v0+8]
  v4 = umod v3, -3
  store u64 [v1+8], v4
  v5 = map data [losses+16] : memory
  atomic add u64 [v5], 0x10000000000
  zero [v1], 8
  copy [v1+8], [v2-2], 2
  v6 = probe read user s16 [v3-4]
  v7 = sle v6, v3
  v8 = extend u16 v3
  v9 = bswap32 v3
  v10 = select v7, v8, v9
  v11 = map m : map
  v12 = helper map_delete_elem(v11, v1)
  kfunc bpf_get_task_exe_file(v10)
  v13 = function each : function
  v14 = helper loop(4, v13, v1, 0)
  v15 = runtime ksym jiffies
  v16 = runtime cgroup /x
  v17 = runtime cpus
  v18 = call each(v15, v16, v17)
  v19 = neg v10
  v20 = not v19
  branch ne v20, 0 ? if.then#1 : if.end#2
if.then#1:
  return v10
if.end#2:
  return 0

func each(scalar, scalar, scalar)
entry#0:
  v0 = param 1
  return v0
`);
});
