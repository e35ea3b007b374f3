import { expect, test } from 'vitest';
import { arches } from '../../src/base/arch.ts';
import { signatureOf, signatureText } from '../../src/catalog/signature.ts';
import { fakeKernel } from '../help/fakekernel.ts';
import { scratchFolder } from '../help/scratch.ts';

const { types } = await fakeKernel(scratchFolder(), {
  types(btf) {
    const int = btf.int('int', 4, 1);
    const long = btf.int('long unsigned int', 8);
    const pair = btf.struct('pair', 16, [{ name: 'a', type: long, offset: 0 }, { name: 'b', type: long, offset: 64 }]);
    const large = btf.struct('large', 24, [{ name: 'a', type: long, offset: 0 }, { name: 'b', type: long, offset: 64 }, { name: 'c', type: long, offset: 128 }]);
    btf.func('mixed', btf.proto(int, [['pair', pair], ['flags', int], ['large', large], ['', btf.ptr(0)]]));
    btf.func('nothing', btf.proto(0, []));
    btf.func('many', btf.proto(long, ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, long] as const)));
  },
});

test.each<['x86_64' | 'arm64', string, string]>([
  ['x86_64', 'mixed', `\
int mixed(struct pair pair, int flags, struct large large, void *);
/* vmlinux, x86_64:
 *   di, si     arg0, arg1  struct pair   pair
 *   dx         arg2        int           flags
 *   stack + 8              struct large  large
 *   cx         arg3        void *
 *   ax         retval      int
 */
`],
  ['arm64', 'mixed', `\
int mixed(struct pair pair, int flags, struct large large, void *);
/* vmlinux, arm64:
 *   r0, r1  arg0, arg1  struct pair   pair
 *   r2      arg2        int           flags
 *   r3      arg3        struct large  large
 *   r4      arg4        void *
 *   r0      retval      int
 */
`],
  ['x86_64', 'nothing', 'void nothing(void);\n/* vmlinux, x86_64:\n */\n'],
  ['x86_64', 'many', `\
long unsigned int many(long unsigned int a, long unsigned int b, long unsigned int c, long unsigned int d, long unsigned int e, long unsigned int f, long unsigned int g);
/* vmlinux, x86_64:
 *   di         arg0    long unsigned int  a
 *   si         arg1    long unsigned int  b
 *   dx         arg2    long unsigned int  c
 *   cx         arg3    long unsigned int  d
 *   r8         arg4    long unsigned int  e
 *   r9         arg5    long unsigned int  f
 *   stack + 8          long unsigned int  g
 *   ax         retval  long unsigned int
 */
`],
])('%s: %s', (arch, name, text) => {
  const [definition] = types.find('function', name);
  if (definition === undefined) throw new Error(name);
  expect(signatureText(signatureOf(types, arches[arch], definition), arches[arch], definition.image)).toBe(text);
});
