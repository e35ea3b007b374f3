// Passes that look at whole functions.
import { branches } from '../../../src/compile/opt/branches.ts';
import { dead } from '../../../src/compile/opt/dead.ts';
import { known } from '../../../src/compile/opt/known.ts';
import { late } from '../../../src/compile/opt/late.ts';
import { reads } from '../../../src/compile/opt/reads.ts';
import { recall } from '../../../src/compile/opt/recall.ts';
import { share } from '../../../src/compile/opt/share.ts';
import { sink } from '../../../src/compile/opt/sink.ts';
import { slots } from '../../../src/compile/opt/slots.ts';
import { stores } from '../../../src/compile/opt/stores.ts';
import { thread } from '../../../src/compile/opt/thread.ts';
import { widen } from '../../../src/compile/opt/widen.ts';
import { line, passCases } from '../../help/irpass.ts';

passCases('dead', dead, [
  ['what nobody reads', line('v1 = load u64 [v0]', 'v2 = helper ktime_get_ns()', 'v3 = add v1, v2', 'return 0'), 'func f(ctx)\nentry:\nreturn 0'],
  ['what acts stays', `
    func f(ctx)
      slot 0 comm: 16 bytes
    entry:
      v0 = slot 0 : memory
      v1 = helper get_current_comm(v0, 16)
      return 0`, ''],
  ['phis that feed each other', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      jump loop
    loop:
      v2 = phi entry: 0, loop: v3
      v4 = phi entry: 0, loop: v5
      v3 = add v2, 1
      v5 = add v4, 1
      branch ult v3, 3 ? loop : end
    end:
      return v1`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      jump loop
    loop:
      v2 = phi entry: 0, loop: v3
      v3 = add v2, 1
      branch ult v3, 3 ? loop : end
    end:
      return v1`],
]);

passCases('branches', branches, [
  ['a decided branch', `
    func f(ctx)
    entry:
      branch ult 1, 2 ? a : b
    a:
      return 1
    b:
      return 2`, `
    func f(ctx)
    entry:
      return 1`],
  ['a phi loses the way that is gone', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, v1 ? a : b
    a:
      jump b
    b:
      v2 = phi entry: 1, a: 2
      return v2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      return 2`],
  ['empty blocks are passed by', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump c
    b:
      jump d
    c:
      return 1
    d:
      return 2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? c : d
    c:
      return 1
    d:
      return 2`],
  ['an empty block that a phi needs', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      jump b
    b:
      v2 = phi entry: 1, a: 2
      return v2`, ''],
]);

passCases('thread', thread, [
  // $a = cond && other; if ($a) …
  ['a logical and', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = load u64 [v0+8]
      branch ne v1, 0 ? and : join
    and:
      v3 = ne v2, 5
      jump join
    join:
      v4 = phi entry: 0, and: v3
      branch ne v4, 0 ? yes : no
    yes:
      return 1
    no:
      return 2`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = load u64 [v0+8]
      branch ne v1, 0 ? and : no
    and:
      v3 = ne v2, 5
      jump join
    join:
      v4 = phi and: v3
      branch ne v4, 0 ? yes : no
    yes:
      return 1
    no:
      return 2`],
  ['the value is read where the way leads', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = load u64 [v0+8]
      branch ne v1, 0 ? and : join
    and:
      jump join
    join:
      v3 = phi entry: 0, and: v2
      branch ne v3, 0 ? yes : no
    yes:
      jump no
    no:
      return v3`, ''],
  ['a loop that goes round once keeps what it changed', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      jump loop
    loop:
      v2 = phi entry: 0, body: 1
      v3 = phi entry: v1, body: v4
      branch eq v2, 0 ? body : end
    body:
      v4 = add v3, 7
      jump loop
    end:
      return v3`, ''],
]);

passCases('known', known, [
  ['a pointer is tested once', `
    func f(ctx)
      slot 0 key: 4 bytes, align 4
    entry:
      v0 = slot 0 : memory
      store u32 [v0], 1
      v1 = map table : map
      v2 = helper map_lookup_elem(v1, v0) : memory?
      branch ne v2, 0 ? first : end
    first:
      v3 = load u64 [v2]
      branch ne v2, 0 ? second : end
    second:
      return v3
    end:
      return 0`, `
    func f(ctx)
      slot 0 key: 4 bytes, align 4
    entry:
      v0 = slot 0 : memory
      store u32 [v0], 1
      v1 = map table : map
      v2 = helper map_lookup_elem(v1, v0) : memory?
      branch ne v2, 0 ? first : end
    first:
      v3 = load u64 [v2]
      jump second
    second:
      return v3
    end:
      return 0`],
  ['less is also not equal', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch ult v1, 10 ? a : b
    a:
      v2 = ne v1, 10
      return v2
    b:
      v3 = ult v1, 10
      return v3`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch ult v1, 10 ? a : b
    a:
      return 1
    b:
      return 0`],
  ['unsigned says nothing of signed', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch ult v1, 10 ? a : b
    a:
      v2 = slt v1, 10
      return v2
    b:
      return 0`, ''],
  ['what equals a constant is that', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 3 ? a : b
    a:
      v3 = mul v1, v1
      branch ult v1, 5 ? b : c
    c:
      return v3
    b:
      return 0`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 3 ? a : b
    a:
      v3 = mul 3, 3
      jump b
    b:
      return 0`],
]);

passCases('share', share, [
  ['equal values', line('v1 = load u64 [v0]', 'v2 = load u64 [v0]', 'v3 = add v1, 8', 'v4 = add 8, v2', 'v5 = xor v3, v4', 'return v5'),
    line('v1 = load u64 [v0]', 'v3 = add v1, 8', 'v5 = xor v3, v3', 'return v5')],
  ['the pid is asked for once, where a false predicate does not pay', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? skip : body
    body:
      branch ult v1, 9 ? a : b
    a:
      v2 = helper get_current_pid_tgid()
      return v2
    b:
      v3 = helper get_current_pid_tgid()
      v4 = lshr v3, 32
      return v4
    skip:
      return 0`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? skip : body
    body:
      v2 = helper get_current_pid_tgid()
      branch ult v1, 9 ? a : b
    a:
      return v2
    b:
      v4 = lshr v2, 32
      return v4
    skip:
      return 0`],
  ['the time is another one each time', line('v1 = helper ktime_get_ns()', 'v2 = helper ktime_get_ns()', 'v3 = sub v2, v1', 'return v3'), ''],
]);

passCases('recall', recall, [
  ['a read of the kernel', line('v1 = load u64 [v0]', 'v2 = probe read kernel u32 [v1+8]', 'v3 = probe read kernel u32 [v1+8]', 'v4 = add v2, v3', 'return v4'),
    line('v1 = load u64 [v0]', 'v2 = probe read kernel u32 [v1+8]', 'v4 = add v2, v2', 'return v4')],
  ['not behind a store that others see', line('v1 = load u64 [v0]', 'v2 = probe read kernel u32 [v1]', 'v3 = map data [results] : memory', 'store u64 [v3], v2', 'v4 = probe read kernel u32 [v1]', 'return v4'), ''],
  ['behind a store into a slot', `
    func f(ctx)
      slot 0 s: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = probe read kernel u32 [v1]
      v3 = slot 0 : memory
      store u64 [v3], v2
      v4 = probe read kernel u32 [v1]
      v5 = load u64 [v3]
      v6 = add v4, v5
      return v6`, `
    func f(ctx)
      slot 0 s: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = probe read kernel u32 [v1]
      v3 = slot 0 : memory
      store u64 [v3], v2
      v6 = add v2, v2
      return v6`],
  ['lookups of equal keys, and a slot for both', `
    func f(ctx)
      slot 0 a: 4 bytes, align 4
      slot 1 b: 4 bytes, align 4
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      v3 = map table : map
      v4 = helper map_lookup_elem(v3, v2) : memory?
      branch ne v4, 0 ? found : end
    found:
      v5 = load u64 [v4]
      v6 = slot 1 : memory
      store u32 [v6], v1
      v7 = helper map_lookup_elem(v3, v6) : memory?
      v8 = helper map_delete_elem(v3, v6)
      branch ne v7, 0 ? again : end
    again:
      return v5
    end:
      return 0`, `
    func f(ctx)
      slot 0 a: 4 bytes, align 4
      slot 1 b: 4 bytes, align 4
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      v3 = map table : map
      v4 = helper map_lookup_elem(v3, v2) : memory?
      branch ne v4, 0 ? found : end
    found:
      v5 = load u64 [v4]
      v6 = slot 1 : memory
      store u32 [v6], v1
      v7 = slot 0 : memory
      v8 = helper map_delete_elem(v3, v7)
      branch ne v4, 0 ? again : end
    again:
      return v5
    end:
      return 0`],
  ['a copy of known values', `
    func f(ctx)
      slot 0 a: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u32 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      store u32 [v2+4], 0
      v3 = map data [results] : memory
      copy [v3+8], [v2], 8
      return 0`, `
    func f(ctx)
      slot 0 a: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u32 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      store u32 [v2+4], 0
      v3 = map data [results] : memory
      store u32 [v3+8], v1
      store u32 [v3+12], 0
      return 0`],
]);

passCases('recall: the name of the task', recall, [
  ['over zeros it is one', `
    func f(ctx)
      slot 0 a: 16 bytes
      slot 1 b: 16 bytes
    entry:
      v0 = slot 0 : memory
      zero [v0], 16
      v1 = helper get_current_comm(v0, 16)
      v2 = slot 1 : memory
      zero [v2], 16
      v3 = helper get_current_comm(v2, 16)
      v4 = map table : map
      v5 = helper map_delete_elem(v4, v2)
      return 0`, `
    func f(ctx)
      slot 0 a: 16 bytes
      slot 1 b: 16 bytes
    entry:
      v0 = slot 0 : memory
      zero [v0], 16
      v1 = helper get_current_comm(v0, 16)
      v2 = slot 1 : memory
      zero [v2], 16
      v3 = helper get_current_comm(v2, 16)
      v4 = map table : map
      v5 = slot 0 : memory
      v6 = helper map_delete_elem(v4, v5)
      return 0`],
  ['over other bytes it is not', `
    func f(ctx)
      slot 0 a: 16 bytes
      slot 1 b: 16 bytes
    entry:
      v0 = slot 0 : memory
      zero [v0], 16
      v1 = helper get_current_comm(v0, 16)
      v2 = slot 1 : memory
      v3 = helper get_current_comm(v2, 16)
      v4 = map table : map
      v5 = helper map_delete_elem(v4, v2)
      return 0`, ''],
]);

passCases('reads', reads, [
  ['neighbours', line('v1 = map data [inputs] : memory', 'v2 = probe read kernel u16 [v1+12]', 'v3 = probe read kernel u32 [v1+4]', 'v4 = add v2, v3', 'return v4'), `
    func f(ctx)
      slot 0 reads: 14 bytes
    entry:
      v0 = param 0 : ctx
      v1 = map data [inputs] : memory
      v2 = slot 0 : memory
      v3 = add v2, 4 : memory
      v4 = add v1, 4 : memory
      helper probe_read_kernel(v3, 10, v4)
      v5 = slot 0 : memory
      v6 = load u16 [v5+12]
      v7 = slot 0 : memory
      v8 = load u32 [v7+4]
      v9 = add v6, v8
      return v9`],
  ['too far apart', line('v1 = map data [inputs] : memory', 'v2 = probe read kernel u64 [v1]', 'v3 = probe read kernel u64 [v1+64]', 'v4 = add v2, v3', 'return v4'), ''],
  ['user memory is not read past what was asked for', line('v1 = load u64 [v0]', 'v2 = probe read user u32 [v1]', 'v3 = probe read user u32 [v1+4]', 'v4 = add v2, v3', 'return v4'), ''],
]);

passCases('slots', slots, [
  ['filled to be copied', `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      store u64 [v0], 7
      v1 = slot 0 : memory
      zero [v1], 16
      v2 = helper get_current_comm(v1, 16)
      copy [v0+8], [v1], 16
      v3 = load u64 [v0+8]
      return v3`, `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      store u64 [v0], 7
      v1 = slot 1 : memory
      v2 = add v1, 8 : memory
      zero [v2], 16
      v3 = helper get_current_comm(v2, 16)
      v4 = load u64 [v0+8]
      return v4`],
  ['bytes need no alignment', `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      v1 = slot 0 : memory
      zero [v1], 16
      v2 = helper get_current_comm(v1, 16)
      v3 = load u32 [v1+4]
      copy [v0+4], [v1], 16
      v4 = load u32 [v0+8]
      v5 = add v3, v4
      return v5`, `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      v1 = slot 1 : memory
      v2 = add v1, 4 : memory
      zero [v2], 16
      v3 = helper get_current_comm(v2, 16)
      v4 = load u32 [v2+4]
      v5 = load u32 [v0+8]
      v6 = add v4, v5
      return v6`],
  ['words would lie across boundaries', `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      v1 = slot 0 : memory
      zero [v1], 16
      v2 = helper get_current_comm(v1, 16)
      v3 = load u64 [v1]
      copy [v0+4], [v1], 16
      v4 = load u64 [v0+8]
      return v4`, ''],
  ['read again behind the copy', `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      v1 = slot 0 : memory
      zero [v1], 16
      v2 = helper get_current_comm(v1, 16)
      copy [v0+8], [v1], 16
      v3 = load u64 [v1]
      return v3`, ''],
  ['the place is used meanwhile', `
    func f(ctx)
      slot 0 name: 16 bytes
      slot 1 key: 24 bytes
    entry:
      v0 = slot 1 : memory
      v1 = slot 0 : memory
      zero [v1], 16
      v2 = helper get_current_comm(v1, 16)
      zero [v0], 24
      copy [v0+8], [v1], 16
      v3 = load u64 [v0]
      return v3`, ''],
]);

passCases('stores', stores, [
  ['zeros that are filled', `
    func f(ctx)
      slot 0 key: 24 bytes
    entry:
      v0 = param 0 : ctx
      v1 = slot 0 : memory
      zero [v1], 24
      v2 = load u64 [v0]
      store u32 [v1], v2
      store u64 [v1+8], v2
      store u64 [v1+16], v2
      v3 = map data [results] : memory
      copy [v3], [v1], 24
      return 0`, `
    func f(ctx)
      slot 0 key: 24 bytes
    entry:
      v0 = param 0 : ctx
      v1 = slot 0 : memory
      zero [v1+4], 4
      v2 = load u64 [v0]
      store u32 [v1], v2
      store u64 [v1+8], v2
      store u64 [v1+16], v2
      v3 = map data [results] : memory
      copy [v3], [v1], 24
      return 0`],
  ['a slot that nobody reads', `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = slot 0 : memory
      store u64 [v0], 1
      return 0`, `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = slot 0 : memory
      return 0`],
  ['written on one way, read behind the join', `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = slot 0 : memory
      store u64 [v2], 1
      branch eq v1, 0 ? a : b
    a:
      store u64 [v2], 2
      jump b
    b:
      v3 = load u64 [v2]
      return v3`, ''],
]);

passCases('widen', widen, [
  ['a narrow value and the zeros behind it', `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u32 [v0]
      v2 = slot 0 : memory
      zero [v2+4], 4
      store u32 [v2], v1
      v3 = load u64 [v2]
      return v3`, `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u32 [v0]
      v2 = slot 0 : memory
      store u64 [v2], v1
      v3 = load u64 [v2]
      return v3`],
  ['constants', `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = slot 0 : memory
      store u16 [v0+2], 1
      store u16 [v0], 2
      v1 = load u32 [v0]
      return v1`, `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = slot 0 : memory
      store u32 [v0], 65538
      v1 = load u32 [v0]
      return v1`],
  ['a value that may be wide', `
    func f(ctx)
      slot 0 key: 8 bytes
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = slot 0 : memory
      store u32 [v2], v1
      store u32 [v2+4], 0
      v3 = load u64 [v2]
      return v3`, ''],
]);

passCases('sink', sink, [
  ['to where it is wanted', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = load u64 [v0+8]
      v3 = mul v2, 10
      branch eq v1, 0 ? a : b
    a:
      return v3
    b:
      return 0`, `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      branch eq v1, 0 ? a : b
    a:
      v2 = load u64 [v0+8]
      v3 = mul v2, 10
      return v3
    b:
      return 0`],
  ['not into a loop', `
    func f(ctx)
    entry:
      v0 = param 0 : ctx
      v1 = load u64 [v0]
      v2 = and v1, 7
      jump loop
    loop:
      v3 = phi entry: 0, loop: v4
      v4 = add v3, 1
      branch ult v4, v2 ? loop : end
    end:
      return v4`, ''],
]);

passCases('late', late, [
  ['a load of the context waits for its reader', line('v1 = load u64 [v0]', 'v2 = helper get_current_pid_tgid()', 'v3 = add v1, v2', 'return v3'),
    line('v2 = helper get_current_pid_tgid()', 'v1 = load u64 [v0]', 'v3 = add v1, v2', 'return v3')],
  ['a load of a map value does not', line('v1 = map data [results] : memory', 'v2 = load u64 [v1]', 'v3 = helper get_current_pid_tgid()', 'v4 = add v2, v3', 'return v4'), ''],
]);
