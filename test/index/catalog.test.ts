import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CType, Definition, Ref } from '../../src/ctype/ctype.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { scratchFolder } from '../help/scratch.ts';

let made = 0;
const folder = scratchFolder();

/** A catalog with the types of one BTF. */
async function catalogOf(write: (btf: BtfWriter) => void, options: ConstructorParameters<typeof BtfWriter>[0] = {}): Promise<ImageTypes> {
  const btf = new BtfWriter(options);
  write(btf);
  const path = join(folder, `${made++}.db`);
  await ingestFile('vmlinux-test', btf.bytes(), { path });
  const catalog = openCatalog(path);
  if (catalog === undefined) throw new Error('no catalog');
  return catalog.image();
}

/** Short C-like text of a type, keys left out. */
function text(type: CType): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'int':
    case 'float':
      return type.name;
    case 'ptr':
      return `*${text(type.to)}`;
    case 'array':
      return `[${type.count}]${text(type.of)}`;
    case 'const':
    case 'volatile':
    case 'restrict':
      return `${type.kind} ${text(type.of)}`;
    case 'tag':
      return `tag(${type.tag}) ${text(type.of)}`;
    case 'function':
      return `${text(type.returns)}(${[...type.params.map((param) => `${param.name ?? '_'}: ${text(param.type)}`), ...(type.variadic ? ['...'] : [])].join(', ')})`;
    default:
      return `${type.kind} ${type.name ?? '{}'}`;
  }
}

function members(definition: Definition | undefined): unknown {
  if (definition?.kind !== 'struct' && definition?.kind !== 'union') return definition;
  return definition.members.map((member) => [member.name, text(member.type), member.bitOffset, member.bitSize]);
}

describe.each([
  ['little endian', { littleEndian: true }],
  ['big endian', { littleEndian: false }],
])('definitions, %s', (_, options) => {
  it('struct: members, bitfields, anonymous and flexible ones', async () => {
    const types = await catalogOf((btf) => {
      const int = btf.int('int', 4, 1);
      const char = btf.int('char', 1, 1);
      btf.union('', 8, [{ name: 'number', type: int, offset: 0 }, { name: 'next', type: btf.nextId + 1, offset: 0 }]);
      btf.ptr(btf.nextId + 2);
      const tail = btf.array(char, 0, int);
      btf.struct('item', 16, [
        { type: 3, offset: 0 }, { name: 'a', type: int, offset: 64, bits: 3 }, { name: 'b', type: int, offset: 67, bits: 29 }, { name: 'c', type: char, offset: 96 },
        { name: 'tail', type: tail, offset: 128 },
      ]);
    }, options);
    const [item] = types.find('struct', 'item');
    expect(item).toMatchObject({ kind: 'struct', name: 'item', size: 16, id: 6, image: 'vmlinux', variant: 1, variants: 1 });
    expect(members(item)).toEqual([
      [null, 'union {}', 0, null], ['a', 'int', 64, 3], ['b', 'int', 67, 29], ['c', 'char', 96, null], ['tail', '[0]char', 128, null],
    ]);
    const inner = types.definition(item?.members[0]?.type as Ref);
    expect(inner).toMatchObject({ kind: 'union', name: null, size: 8, id: 3 });
    expect(members(inner)).toEqual([['number', 'int', 0, null], ['next', '*struct item', 0, null]]);
  });

  it('old bitfields, whose width is in their INT', async () => {
    const types = await catalogOf((btf) => {
      const narrow = btf.int('unsigned int', 4, 0, 5, 2);
      btf.struct('old', 4, [{ name: 'x', type: narrow, offset: 8 }]);
    }, options);
    expect(members(types.find('struct', 'old')[0])).toEqual([['x', 'unsigned int', 10, 5]]);
  });

  it('enums: signed, unsigned, 64 bits', async () => {
    const types = await catalogOf((btf) => {
      btf.enum('sign', { MINUS: -1, PLUS: 1 }, { signed: true, size: 1 });
      btf.enum('mask', { ALL: 0xffffffff });
      btf.enum64('wide', { TOP: 1n << 63n, ALL64: (1n << 64n) - 1n });
      btf.enum64('swide', { LOW: -(1n << 63n) }, true);
      btf.enum('', { LONE: 7 });
    }, options);
    const values = (name: string): unknown => types.find('enum', name).map(({ size, signed, values: all }) => [size, signed, all.map((each) => `${each.name}=${each.value}`)]);
    expect(values('sign')).toEqual([[1, true, ['MINUS=-1', 'PLUS=1']]]);
    expect(values('mask')).toEqual([[4, false, ['ALL=4294967295']]]);
    expect(values('wide')).toEqual([[8, false, ['TOP=9223372036854775808', 'ALL64=18446744073709551615']]]);
    expect(values('swide')).toEqual([[8, true, ['LOW=-9223372036854775808']]]);
    expect(types.enumerators('LONE').map(({ of, enumerator }) => [of.name, of.id, enumerator.value])).toEqual([[null, 5, 7n]]);
    expect(types.enumerators('TOP')[0]?.enumerator).toEqual({ name: 'TOP', value: 1n << 63n });
    expect(types.enumerators('NONE')).toEqual([]);
  });

  it('typedefs, qualifiers, tags, floats, functions, per-CPU variables', async () => {
    const types = await catalogOf((btf) => {
      const int = btf.int('int', 4, 1);
      const bool = btf.int('_Bool', 1, 4);
      const chars = btf.ptr(btf.konst(btf.int('char', 1, 2)));
      btf.typedef('vector', btf.array(btf.volatile(btf.float('double', 8)), 3, int));
      btf.typedef('name_t', btf.restrict(chars));
      btf.typedef('user_ptr', btf.ptr(btf.typeTag('__user', int)));
      btf.typedef('arena_ptr', btf.ptr(btf.typeTag('address_space(1)', int, true)));
      const proto = btf.proto(bool, [['format', chars], ['', 0]]);
      btf.func('printk', proto);
      btf.typedef('printer', btf.ptr(proto));
      btf.func('nothing', btf.proto(0, []));
      btf.declTag('bpf_kfunc', btf.nextId - 1);
      const variable = btf.variable('runqueues', int);
      btf.datasec('.data..percpu', 4096, [[variable, 128, 4]]);
    }, options);
    const type = (name: string): string => types.find('typedef', name).map((each) => text(each.type)).join();
    expect(['vector', 'name_t', 'user_ptr', 'arena_ptr', 'printer'].map(type)).toEqual([
      '[3]volatile double', 'restrict *const char', '*tag(__user) int', '*tag(address_space(1)) int', '*_Bool(format: *const char, ...)',
    ]);
    expect(types.find('function', 'printk').map((each) => [text(each.type), each.id])).toEqual([['_Bool(format: *const char, ...)', 19]]);
    expect(types.find('function', 'nothing').map((each) => text(each.type))).toEqual(['void()']);
    expect(types.find('variable', 'runqueues').map((each) => [text(each.type), each.offset])).toEqual([['int', 128]]);
    expect(types.kfuncs()).toEqual(new Set(['nothing']));
    const [bool, char] = ['printk'].flatMap((name) => types.find('function', name)).map((each) => [each.type.returns, each.type.params[0]?.type]).flat();
    expect(bool).toEqual({ kind: 'int', name: '_Bool', size: 1, signed: false, encoding: 'bool' });
    expect(char).toMatchObject({ kind: 'ptr', to: { kind: 'const', of: { kind: 'int', name: 'char', signed: false, encoding: 'char' } } });
  });

  it('a kind that is not known is told as data', async () => {
    const layout: [number, number][] = Array.from({ length: 24 }, () => [0, 0]);
    const types = await catalogOf((btf) => {
      btf.type(22, '', 0);
      btf.typedef('strange', btf.ptr(1));
    }, { ...options, layout });
    expect(text(types.find('typedef', 'strange')[0]?.type ?? { kind: 'void' })).toBe('*tag(BTF_KIND_22) void');
  });
});

describe('names with several meanings', () => {
  /** Two `workspace`, and holders that point to one each; a FWD beside a definition. */
  const ambiguous = (btf: BtfWriter): void => {
    const int = btf.int('int', 4, 1);
    btf.struct('workspace', 4, [{ name: 'first', type: int, offset: 0 }]);
    btf.struct('workspace', 8, [{ name: 'second', type: int, offset: 0 }]);
    const [one, two] = [btf.ptr(2), btf.ptr(3)];
    btf.struct('holder_one', 8, [{ name: 'w', type: one, offset: 0 }]);
    btf.struct('holder_two', 8, [{ name: 'w', type: two, offset: 0 }]);
    btf.func('both', btf.proto(two, [['a', one], ['b', two], ['c', btf.ptr(btf.proto(0, [['d', two]]))]]));
    btf.fwd('workspace');
    btf.typedef('opaque', btf.nextId - 1);
    btf.struct('', 8, [{ name: 'same', type: one, offset: 0 }]);
    btf.struct('', 8, [{ name: 'same', type: two, offset: 0 }]);
    btf.struct('outer', 16, [{ name: 'a', type: btf.nextId - 2, offset: 0 }, { name: 'b', type: btf.nextId - 1, offset: 64 }]);
  };

  const idOf = (types: ImageTypes, type: CType | undefined): number | null | undefined => {
    const at = type?.kind === 'ptr' ? type.to : type;
    return at?.kind === 'struct' ? types.definition(at)?.id : undefined;
  };

  it('are all found, numbered', async () => {
    const types = await catalogOf(ambiguous);
    expect(types.find('struct', 'workspace').map((each) => [each.variant, each.variants, each.size, each.id])).toEqual([[1, 2, 4, 2], [2, 2, 8, 3]]);
  });

  it('mean in a member what its type id says', async () => {
    const types = await catalogOf(ambiguous);
    expect(idOf(types, types.find('struct', 'holder_one')[0]?.members[0]?.type)).toBe(2);
    expect(idOf(types, types.find('struct', 'holder_two')[0]?.members[0]?.type)).toBe(3);
  });

  it('in a prototype too, at every depth', async () => {
    const types = await catalogOf(ambiguous);
    const both = types.find('function', 'both')[0]?.type;
    const callback = both?.params[2]?.type;
    expect([both?.returns, both?.params[0]?.type, both?.params[1]?.type].map((type) => idOf(types, type))).toEqual([3, 2, 3]);
    const inner = callback?.kind === 'ptr' && callback.to.kind === 'function' ? callback.to.params[0]?.type : undefined;
    expect(idOf(types, inner)).toBe(3);
  });

  it('through anonymous records of equal text', async () => {
    const types = await catalogOf(ambiguous);
    const targets = types.find('struct', 'outer')[0]?.members.map((member) => {
      const anonymous = types.definition(member.type as Ref);
      return anonymous?.kind === 'struct' ? [anonymous.id, idOf(types, anonymous.members[0]?.type)] : undefined;
    });
    expect(targets).toEqual([[14, 2], [15, 3]]);
  });

  it('that are only declared have no definition', async () => {
    const types = await catalogOf(ambiguous);
    expect(types.definition(types.find('typedef', 'opaque')[0]?.type as Ref)).toBeUndefined();
    expect(types.definition({ kind: 'struct', name: 'workspace', key: null })?.id).toBe(2);
    expect(types.definition({ kind: 'struct', name: 'nowhere', key: null })).toBeUndefined();
  });
});

describe('lists', () => {
  const many = (btf: BtfWriter): void => {
    for (const name of ['tcp_sock', 'task_struct', 'tcp_request_sock', 'zebra', 'tcp_sock']) btf.struct(name, 0, []);
    btf.union('', 0, []);
    btf.struct('', 0, []);
  };

  it('names by glob, each once', async () => {
    const types = await catalogOf(many);
    expect(types.names('struct')).toEqual(['task_struct', 'tcp_request_sock', 'tcp_sock', 'zebra']);
    expect(types.names('struct', 'tcp_*')).toEqual(['tcp_request_sock', 'tcp_sock']);
    expect(types.names('struct', '*_s[a-o]ck')).toEqual(['tcp_request_sock', 'tcp_sock']);
    expect(types.names('union')).toEqual([]);
  });

  it('all definitions, variants and anonymous ones too', async () => {
    const types = await catalogOf(many);
    const shown = (glob?: string): unknown => [...types.all('struct', glob)].map((each) => [each.name, each.variant, each.variants]);
    expect(shown()).toEqual([
      ['task_struct', 1, 1], ['tcp_request_sock', 1, 1], ['tcp_sock', 1, 2], ['tcp_sock', 2, 2], ['zebra', 1, 1], [null, 1, 1],
    ]);
    expect(shown('z*')).toEqual([['zebra', 1, 1]]);
  });

  it('by BTF id', async () => {
    const types = await catalogOf(many);
    expect([types.byId(5)?.name, types.byId(5)?.variant, types.byId(7)?.kind, types.byId(99)]).toEqual(['tcp_sock', 2, 'struct', undefined]);
  });

  it('names close to a misspelt one', async () => {
    const types = await catalogOf(many);
    expect(types.near('struct', 'tsak_struct', 3)).toEqual(['task_struct']);
    expect(types.near('struct', 'tcp_sokc', 1)).toEqual(['tcp_sock']);
    expect(types.near('struct', 'qqqqqqqq', 3)).toEqual([]);
  });
});
