// The layouts of system call structures, compared with what the running kernel's BTF says about them.
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Btf } from '../../src/source/btf/btf.ts';
import { kindOf } from '../../src/source/btf/kinds.ts';
import * as attr from '../../src/sys/attr.ts';

const image = '/sys/kernel/btf/vmlinux';

describe.skipIf(!existsSync(image))('offsets agree with the kernel', () => {
  let btf: Btf;
  beforeAll(() => { btf = new Btf(image, readFileSync(image), undefined); });

  /** Byte offsets of the members of a record, anonymous ones flattened; `path` walks into named members first. */
  function offsets(kind: number, name: string, path: readonly string[] = []): ReadonlyMap<string, number> {
    for (let id = 1; id < btf.endId; id++) if (btf.kind(id) === kind && btf.name(id) === name) return walk(id, path);
    throw new Error(`no ${name}`);
  }

  function walk(id: number, path: readonly string[], base = 0, found = new Map<string, number>(), inside = path.length === 0): Map<string, number> {
    for (let member = 0; member < btf.vlen(id); member++) {
      const name = btf.string(btf.extra(id, 3 * member));
      const type = btf.extra(id, 3 * member + 1);
      const at = base + (btf.extra(id, 3 * member + 2) & 0xffffff) / 8;
      const isRecord = btf.kind(type) === kindOf.STRUCT || btf.kind(type) === kindOf.UNION;
      if (path[0] === name && isRecord) walk(type, path.slice(1), at, found, true);
      else if (name === '' && isRecord) walk(type, path, at, found, inside);
      else if (inside && !found.has(name)) found.set(name, at);
    }
    return found;
  }

  /** Names of ours that the kernel calls otherwise. */
  function compare(layout: attr.AttrLayout, theirs: ReadonlyMap<string, number>, renamed: Readonly<Record<string, string>> = {}): void {
    const names = Object.keys(layout);
    const expected = names.map((name) => [name, theirs.get(renamed[name] ?? name)]);
    expect(names.map((name) => [name, attr.attrOffset(layout, name)])).toEqual(expected);
  }

  const union = (...path: string[]): ReadonlyMap<string, number> => offsets(kindOf.UNION, 'bpf_attr', path);

  test('BPF_MAP_CREATE', () => { compare(attr.mapCreateAttr, union()); });
  test('BPF_MAP_*_ELEM', () => {
    compare({ key: attr.mapElementAttr.key, value: attr.mapElementAttr.value }, new Map([['key', 0], ['value', 8]]));
    expect(attr.attrOffset(attr.mapElementAttr, 'key')).toBe(union().get('key'));
    expect(attr.attrOffset(attr.mapElementAttr, 'value')).toBe(union().get('value'));
    expect(attr.attrOffset(attr.mapElementAttr, 'flags')).toBe(24);
  });
  test('BPF_MAP_*_BATCH', () => { compare(attr.mapBatchAttr, union('batch')); });
  test('BPF_PROG_LOAD', () => { compare(attr.progLoadAttr, union()); });
  test('BPF_PROG_TEST_RUN', () => { compare(attr.testRunAttr, union('test')); });
  test('BPF_RAW_TRACEPOINT_OPEN', () => { compare(attr.rawTracepointAttr, union('raw_tracepoint')); });
  test('BPF_BTF_LOAD', () => { compare(attr.btfLoadAttr, union()); });
  test('BPF_LINK_CREATE, kprobe_multi', () => {
    const theirs = union('link_create', 'kprobe_multi');
    compare({ attach_type: 'u32', flags: 'u32' }, new Map([['attach_type', 0], ['flags', 4]]));
    expect(['cnt', 'syms', 'addrs', 'cookies'].map((name) => [name, attr.attrOffset(attr.kprobeMultiAttr, name as 'cnt')])).toEqual(
      ['cnt', 'syms', 'addrs', 'cookies'].map((name) => [name, theirs.get(name)]),
    );
    expect(attr.attrOffset(attr.kprobeMultiAttr, 'attach_type')).toBe(theirs.get('attach_type'));
  });
  test('BPF_LINK_CREATE, perf_event', () => { compare(attr.perfLinkAttr, union('link_create', 'perf_event')); });
  test('struct bpf_prog_info', () => { compare(attr.progInfoLayout, offsets(kindOf.STRUCT, 'bpf_prog_info')); });
  test('struct bpf_btf_info', () => { compare(attr.btfInfoLayout, offsets(kindOf.STRUCT, 'bpf_btf_info')); });
  test.each([
    ['kprobe_multi', attr.kprobeMultiInfoLayout, ['kprobe_multi'], ['addrs', 'count', 'flags', 'missed']],
    ['kprobe', attr.kprobeInfoLayout, ['perf_event', 'kprobe'], ['func_name', 'name_len', 'offset', 'addr', 'missed']],
  ] as const)('struct bpf_link_info, %s', (_, layout: attr.AttrLayout, path, names) => {
    const theirs = offsets(kindOf.STRUCT, 'bpf_link_info', path);
    expect(names.map((name) => [name, attr.attrOffset(layout, name)])).toEqual(names.map((name) => [name, theirs.get(name)]));
  });
  test('struct perf_event_attr', () => {
    compare(attr.perfEventAttr, offsets(kindOf.STRUCT, 'perf_event_attr'), { period: 'sample_period', flags: 'disabled' });
  });
});

describe('pack', () => {
  const layout = { a: 'u32', b: 'u64', name: 'name16', p: 'pointer', c: 'u16' } as const satisfies attr.AttrLayout;

  test('puts fields at their natural alignment and the end at the last one', () => {
    const { bytes, pointers } = attr.pack(layout, { a: 0x01020304, b: 0x1122334455667788n, name: 'abc', c: 0xffff });
    expect(Buffer.from(bytes).toString('hex')).toBe(`04030201${'00'.repeat(4)}8877665544332211616263${'00'.repeat(13)}${'00'.repeat(8)}ffff${'00'.repeat(6)}`);
    expect(pointers).toEqual([]);
  });

  test('names pointers for the addon to write', () => {
    const target = new Uint8Array(4);
    const { bytes, pointers } = attr.pack(layout, { p: target });
    expect(pointers).toEqual([bytes, 32, target]);
  });

  test('cuts a name to 15 bytes', () => {
    const { bytes } = attr.pack(layout, { name: 'abcdefghijklmnopqrst' });
    expect(Buffer.from(bytes.subarray(16, 32)).toString('latin1')).toBe('abcdefghijklmno\0');
  });
});
