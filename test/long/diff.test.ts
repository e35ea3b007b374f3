// Differences of real kernels, against bpftool's dump of both, read and compared here from scratch.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { diffIn, type Differences } from '../../src/app/diff.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog } from '../../src/index/reader.ts';
import { btfFiles } from '../help/kernels.ts';
import { installed } from '../help/kerneltypes.ts';
import { scratchFolder } from '../help/scratch.ts';

interface RawType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly fwd_kind?: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly ret_type_id?: number;
  readonly nr_elems?: number;
  readonly members?: readonly { readonly name: string; readonly type_id: number; readonly bits_offset: number; readonly bitfield_size?: number }[];
  readonly params?: readonly { readonly name: string; readonly type_id: number }[];
}

const files = new Map(btfFiles().map(({ name, path }) => [name, path]));
const catalog = join(scratchFolder(), 'kernels.db');
const steps = [['6.1', '6.12'], ['6.12', '7.2']] as const;

describe.runIf(installed('bpftool') && steps.flat().every((name) => files.has(name)))('real kernels', () => {
  const raw = new Map<string, RawKernel>();
  beforeAll(async () => {
    for (const name of new Set(steps.flat())) {
      const path = files.get(name) ?? '';
      await ingestFile(path, readFileSync(path), { path: catalog, name });
      raw.set(name, new RawKernel(path));
    }
  });

  test.each(steps)('%s -> %s', (from, to) => {
    const found = differences(from, to);
    const [a, b] = [raw.get(from), raw.get(to)];
    if (a === undefined || b === undefined) throw new Error('no kernel');
    for (const kind of ['STRUCT', 'UNION', 'FUNC'] as const) {
      const mine = names(found, kind);
      expect(mine.changed.filter((name) => a.unique(kind, name) && b.unique(kind, name)), `changed ${kind}`).toEqual(a.changedTo(b, kind));
      expect(mine.removed, `removed ${kind}`).toEqual(a.without(b, kind));
      expect(mine.added, `added ${kind}`).toEqual(b.without(a, kind));
    }
  });

  test('raw tracepoints, as another count has them', () => {
    expect(names(differences('6.1', '6.12'), 'rawtracepoint')).toMatchObject({ added: { length: 138 }, removed: { length: 5 } });
    expect(names(differences('6.12', '7.2'), 'rawtracepoint')).toMatchObject({ added: { length: 127 }, removed: { length: 41 } });
  });

  test('an array of arrays is the flat one of older kernels', () => {
    expect(differences('6.12', '7.2', 'struct audit_aux_data_pids').text()).toBe([
      '6.12 -> 7.2', '', '~ struct audit_aux_data_pids: 600 -> 920 bytes',
      '    - u32 target_sid[16];                              /*   272    64 */', '    + struct lsm_prop target_ref[16];                  /*   272   384 */',
      '    ~ target_comm, pid_count: moved by +320 bytes', '',
    ].join('\n'));
  });
});

function differences(from: string, to: string, name?: string): Differences {
  const opened = openCatalog(catalog);
  if (opened === undefined) throw new Error('no catalog');
  try {
    return diffIn(opened.image({ kernel: { text: from } }), opened.image({ kernel: { text: to } }), catalog, name);
  } finally {
    opened.close();
  }
}

const kindOf = { STRUCT: 'struct', UNION: 'union', FUNC: 'function', rawtracepoint: 'rawtracepoint' } as const;

function names({ changes }: Differences, kind: keyof typeof kindOf): Record<'added' | 'removed' | 'changed', readonly string[]> {
  const of = (status: string): readonly string[] => changes
    .filter((change) => change.kind === kindOf[kind] && change.status === status && !('variant' in change && change.variant)).map(({ name }) => name);
  return { added: [...new Set(of('added'))].sort(), removed: [...new Set(of('removed'))].sort(), changed: [...new Set(of('changed'))].sort() };
}

/** One kernel as bpftool dumps it. */
class RawKernel {
  readonly #types: ReadonlyMap<number, RawType>;
  readonly #named = new Map<string, RawType[]>();

  constructor(path: string) {
    const dump = execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', path], { maxBuffer: 1 << 28, encoding: 'utf8' });
    const { types } = JSON.parse(dump) as { types: RawType[] };
    this.#types = new Map(types.map((type) => [type.id, type]));
    for (const type of types) this.#named.set(`${type.kind} ${type.name}`, [...(this.#named.get(`${type.kind} ${type.name}`) ?? []), type]);
  }

  unique(kind: string, name: string): boolean {
    return this.#named.get(`${kind} ${name}`)?.length === 1;
  }

  #names(kind: string): readonly string[] {
    return [...this.#named.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1)).filter((name) => name !== '(anon)').sort();
  }

  without(other: RawKernel, kind: string): readonly string[] {
    return this.#names(kind).filter((name) => !other.#named.has(`${kind} ${name}`));
  }

  /** Names with one definition in each whose content differs. */
  changedTo(other: RawKernel, kind: string): readonly string[] {
    const both = this.#names(kind).filter((name) => this.unique(kind, name) && other.unique(kind, name));
    return both.filter((name) => this.#differs(other, `${kind} ${name}`));
  }

  #differs(other: RawKernel, key: string): boolean {
    const [a] = this.#named.get(key) ?? [];
    const [b] = other.#named.get(key) ?? [];
    if (a === undefined || b === undefined) return true;
    if (a.kind === 'FUNC') return this.#text(a.type_id ?? 0, true) !== other.#text(b.type_id ?? 0, true) && !this.#onlyUnnamed(a, other, b);
    return a.size !== b.size || this.#record(a) !== other.#record(b);
  }

  /** A parameter without a name may be any. */
  #onlyUnnamed(a: RawType, other: RawKernel, b: RawType): boolean {
    const params = (kernel: RawKernel, of: RawType) => kernel.#types.get(of.type_id ?? 0)?.params ?? [];
    const [left, right] = [params(this, a), params(other, b)];
    if (this.#text(a.type_id ?? 0, false) !== other.#text(b.type_id ?? 0, false)) return false;
    return left.every((param, index) => [param.name, right[index]?.name].some((name) => name === '(anon)' || name === '') || param.name === right[index]?.name);
  }

  /** Members by their visible names, in order of the alphabet: those of anonymous records count as the outer one's. */
  #record(type: RawType): string {
    const lines = new Map<string, string>();
    const walk = (of: RawType, prefix: string, base: number): void => {
      for (const { name, type_id: id, bits_offset: offset, bitfield_size: bits = 0 } of of.members ?? []) {
        const named = name === '(anon)' ? '' : name;
        if (named !== '' && !lines.has(prefix + named)) lines.set(prefix + named, `${base + offset}:${bits} ${this.#text(id, false)}`);
        const { inner, suffix, pointer } = this.#inPlace(id);
        if (inner !== undefined) walk(inner, named === '' ? prefix : prefix + named + suffix, pointer ? 0 : base + offset);
      }
    };
    walk(type, '', 0);
    return [...lines].map(([path, line]) => `${path} ${line}`).sort().join('\n');
  }

  #inPlace(id: number): { inner: RawType | undefined; suffix: string; pointer: boolean } {
    let at = this.#types.get(id);
    let pointer = false;
    let suffix = '.';
    while (at !== undefined && ['ARRAY', 'CONST', 'VOLATILE', 'PTR', 'TYPE_TAG', 'RESTRICT'].includes(at.kind)) {
      if (at.kind === 'PTR') pointer = true;
      suffix += at.kind;
      at = this.#types.get(at.type_id ?? 0);
    }
    const record = (at?.kind === 'STRUCT' || at?.kind === 'UNION') && at.name === '(anon)';
    return { inner: record ? at : undefined, suffix, pointer };
  }

  /** One text for types that are alike. */
  #text(id: number, withNames: boolean): string {
    const type = this.#types.get(id);
    if (type === undefined) return 'void';
    const inner = (): string => this.#text(type.type_id ?? 0, withNames);
    switch (type.kind) {
      case 'PTR':
        return `*(${inner()})`;
      case 'ARRAY': {
        const [, count, rest] = /^\[(\d+)\](.*)$/s.exec(inner()) ?? [];
        return count === undefined ? `[${type.nr_elems ?? 0}]${inner()}` : `[${(type.nr_elems ?? 0) * Number(count)}]${rest ?? ''}`;
      }
      case 'CONST':
      case 'VOLATILE':
      case 'RESTRICT': {
        const words = new Set([type.kind.toLowerCase()]);
        let at = this.#types.get(type.type_id ?? 0);
        for (; at !== undefined && ['CONST', 'VOLATILE', 'RESTRICT'].includes(at.kind); at = this.#types.get(at.type_id ?? 0)) words.add(at.kind.toLowerCase());
        return `${[...words].sort().join(' ')} ${this.#text(at?.id ?? 0, withNames)}`;
      }
      case 'TYPE_TAG':
        return inner();
      case 'FUNC_PROTO': {
        const params = (type.params ?? []).map((param) => `${withNames ? param.name : ''} ${this.#text(param.type_id, false)}`);
        return `${this.#text(type.ret_type_id ?? 0, false)}(${params.join(', ')})`;
      }
      case 'FWD':
        return `${type.fwd_kind ?? ''} ${type.name}`;
      case 'ENUM64':
        return `enum ${type.name}`;
      default:
        return `${['STRUCT', 'UNION', 'ENUM'].includes(type.kind) ? `${type.kind.toLowerCase()} ` : ''}${type.name}`;
    }
  }
}
