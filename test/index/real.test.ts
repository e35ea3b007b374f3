// The catalog against readers that were not written here: bpftool for every type, pahole for offsets.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CType, Definition, DefinitionKind, Enumerator } from '../../src/ctype/ctype.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { btfFiles } from '../help/kernels.ts';
import { randomOf } from '../fuzz/mutator.ts';
import { scratchFolder } from '../help/scratch.ts';

/** One type as `bpftool -j btf dump` prints it. */
interface RawType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly ret_type_id?: number;
  readonly nr_elems?: number;
  readonly encoding?: string;
  readonly fwd_kind?: string;
  readonly members?: readonly { readonly name: string; readonly type_id: number; readonly bits_offset: number; readonly bitfield_size?: number }[];
  readonly params?: readonly { readonly name: string; readonly type_id: number }[];
  readonly values?: readonly { readonly name: string; readonly val: string }[];
  readonly vars?: readonly { readonly type_id: number; readonly offset: number }[];
}

const has = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const folder = scratchFolder();

describe.each(btfFiles())('$name kernel', ({ name, path }) => {
  let types: ImageTypes;
  beforeAll(async () => {
    const db = join(folder, `${name}.db`);
    await ingestFile(path, readFileSync(path), { path: db });
    const catalog = openCatalog(db);
    if (catalog === undefined) throw new Error('no catalog');
    types = catalog.image();
  });

  it.skipIf(!has('bpftool'))('every definition is what bpftool dumps, down to the type ids that members mean', () => {
    const dump = execFileSync('bpftool', ['-j', 'btf', 'dump', 'file', path], { maxBuffer: 1 << 28, encoding: 'utf8' });
    // Values of 64 bits do not fit into a JavaScript number.
    const exact = dump.replaceAll(/"val":(-?\d+)/g, '"val":"$1"');
    const raw = new Map((JSON.parse(exact) as { types: RawType[] }).types.map((type) => [type.id, type]));
    const compare = new Comparison(types, raw);
    const counts = Object.fromEntries(Object.entries(kindsOf).map(([kind, rawKinds]) => {
      const ids = new Set([...types.all(kind as DefinitionKind)].map((definition) => compare.definition(definition)));
      const wanted = [...raw.values()].filter((type) => rawKinds.includes(type.kind));
      expect(ids.size, kind).toBe(wanted.length);
      return [kind, ids.size];
    }));
    expect(compare.differences.slice(0, 20)).toEqual([]);
    expect(counts.struct).toBeGreaterThan(5_000);
    expect(compare.leaves).toBeGreaterThan(100_000);
  });

  it.skipIf(!has('pahole'))('offsets and sizes of 500 structs are what pahole prints', () => {
    const random = randomOf(61, 0);
    const names = types.names('struct').filter((each) => types.find('struct', each).length === 1 && types.find('union', each).length === 0);
    const picked = [...new Set(Array.from({ length: 500 }, () => names[random(names.length)] ?? ''))];
    const printed = spawnSync('pahole', ['-C', picked.join(','), path], { encoding: 'utf8', maxBuffer: 1 << 28 }).stdout;
    const wrong: string[] = [];
    let compared = 0;
    for (const [, struct = '', body = ''] of printed.matchAll(/^struct (\w+) \{\n(.*?)^\}/gms)) {
      const [definition] = types.find('struct', struct);
      const size = /^\t\/\* size: (\d+),/m.exec(body)?.[1];
      if (size !== undefined && Number(size) !== definition?.size) wrong.push(`${struct}: size ${definition?.size} is ${size}`);
      for (const [member, bitOffset] of paholeMembers(body)) {
        const ours = definition?.members.find((each) => each.name === member)?.bitOffset;
        if (ours !== bitOffset) wrong.push(`${struct}.${member}: bit ${ours} is ${bitOffset}`);
        compared++;
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(1_000);
  });

  it('every raw tracepoint has its arguments, with names', () => {
    const raw = types.rawTracepoints('*');
    expect(raw.length).toBe(types.names('typedef', 'btf_trace_*').length);
    const details = raw.map((each) => types.rawTracepoint(each.name));
    expect(details.filter((each) => each === undefined)).toEqual([]);
    expect(details.filter((each) => each?.params.some((param) => param.name === null)).map((each) => each?.name)).toEqual([]);
    expect(types.rawTracepoint('sched_switch')?.params.map((param) => param.name).slice(0, 3)).toEqual(['preempt', 'prev', 'next']);
  });
});

const kindsOf: Readonly<Record<DefinitionKind, readonly string[]>> = {
  struct: ['STRUCT'], union: ['UNION'], enum: ['ENUM', 'ENUM64'], typedef: ['TYPEDEF'], function: ['FUNC'], variable: ['VAR'],
};

/** Direct members of a class as pahole prints it: name and bit offset. */
function* paholeMembers(body: string): Generator<readonly [string, number]> {
  const line = /^\t(?!\t)[^/{}]*?(?:\(\*(\w+)\)\([^;]*\)|(\w+)(?:\[\d*\])*(?::\d+)?);\s*\/\*\s*(\d+)(?::\s*(\d+))?\s+\d+ \*\//gm;
  for (const [, pointer, plain, bytes, bits] of body.matchAll(line)) yield [pointer ?? plain ?? '', 8 * Number(bytes) + Number(bits ?? 0)];
}

/** Our definitions beside bpftool's, walked together. */
class Comparison {
  readonly differences: string[] = [];
  leaves = 0;
  readonly #offsets = new Map<number, number>();

  constructor(
    readonly types: ImageTypes,
    readonly raw: ReadonlyMap<number, RawType>,
  ) {
    for (const type of raw.values()) for (const each of type.vars ?? []) this.#offsets.set(each.type_id, each.offset);
  }

  /** Returns the type id. */
  definition(ours: Definition): number {
    const id = ours.id ?? -1;
    const theirs = this.raw.get(id);
    if (theirs === undefined) return this.#differ(id, 'is not in the dump');
    if ((ours.name ?? '(anon)') !== theirs.name) this.#differ(id, `name ${ours.name} is ${theirs.name}`);
    if ('size' in ours && ours.size !== theirs.size) this.#differ(id, `size ${ours.size} is ${theirs.size}`);
    switch (ours.kind) {
      case 'struct':
      case 'union':
        this.#members(id, ours.members.map((each) => [each.name, each.bitOffset, each.bitSize, each.type]), theirs);
        break;
      case 'enum':
        if (theirs.encoding !== undefined && ours.signed !== (theirs.encoding === 'SIGNED')) this.#differ(id, `signed ${ours.signed} is ${theirs.encoding}`);
        this.#values(id, ours.values, theirs);
        break;
      default:
        this.#type(id, ours.type, theirs.type_id ?? 0);
        if (ours.kind === 'variable' && ours.offset !== this.#offsets.get(id)) this.#differ(id, `offset ${ours.offset} is ${this.#offsets.get(id)}`);
    }
    return id;
  }

  #members(id: number, ours: readonly (readonly [string | null, number, number | null, CType])[], theirs: RawType): void {
    const members = theirs.members ?? [];
    this.#same(id, ours.map(([name, offset, width]) => `${name ?? '(anon)'}@${offset}:${width ?? 0}`), members.map((each) => `${each.name}@${each.bits_offset}:${each.bitfield_size ?? 0}`));
    ours.forEach(([, , , type], index) => this.#type(id, type, members[index]?.type_id ?? 0));
  }

  /** Of ENUM bpftool 7.1 prints u32 as if it were signed and 64 bits wide: the low half counts. */
  #values(id: number, ours: readonly Enumerator[], theirs: RawType): void {
    const bits = theirs.kind === 'ENUM' ? 32 : 64;
    const show = (name: string, value: bigint): string => `${name}=${BigInt.asUintN(bits, value)}`;
    this.#same(id, ours.map((each) => show(each.name, each.value)), (theirs.values ?? []).map((each) => show(each.name, BigInt(each.val))));
  }

  #same(id: number, ours: readonly string[], theirs: readonly string[]): void {
    if (ours.join() !== theirs.join()) this.#differ(id, `[${ours.join()}] is [${theirs.join()}]`);
  }

  #type(id: number, ours: CType, at: number): void {
    const theirs = this.raw.get(at);
    const kind = theirs?.kind ?? 'VOID';
    switch (ours.kind) {
      case 'void':
        return kind === 'VOID' ? undefined : void this.#differ(id, `void is ${kind}`);
      case 'int':
      case 'float': {
        const text = `${ours.kind.toUpperCase()} ${ours.name} ${ours.size}`;
        return text === `${kind} ${theirs?.name} ${theirs?.size}` ? undefined : void this.#differ(id, `${text} is ${kind} ${theirs?.name}`);
      }
      case 'ptr':
        return kind === 'PTR' ? this.#type(id, ours.to, theirs?.type_id ?? 0) : void this.#differ(id, `ptr is ${kind}`);
      case 'array':
        if (kind !== 'ARRAY' || ours.count !== theirs?.nr_elems) this.#differ(id, `array of ${ours.count} is ${kind} of ${theirs?.nr_elems}`);
        return this.#type(id, ours.of, theirs?.type_id ?? 0);
      case 'const':
      case 'volatile':
      case 'restrict':
        return kind === ours.kind.toUpperCase() ? this.#type(id, ours.of, theirs?.type_id ?? 0) : void this.#differ(id, `${ours.kind} is ${kind}`);
      case 'tag':
        return kind === 'TYPE_TAG' && ours.tag === theirs?.name ? this.#type(id, ours.of, theirs.type_id ?? 0) : void this.#differ(id, `tag ${ours.tag} is ${kind}`);
      case 'function': {
        const params = [...ours.params.map((each) => each.name ?? '(anon)'), ...(ours.variadic ? ['(anon)'] : [])];
        this.#same(id, params, (theirs?.params ?? []).map((each) => each.name));
        this.#type(id, ours.returns, theirs?.ret_type_id ?? 0);
        return ours.params.forEach((each, index) => this.#type(id, each.type, theirs?.params?.[index]?.type_id ?? 0));
      }
      default: {
        this.leaves++;
        const meant = this.types.definition(ours)?.id;
        const wanted = kind === 'FWD' ? undefined : at;
        if (meant !== wanted) this.#differ(id, `${ours.kind} ${ours.name} means ${meant}, is ${at} ${kind} ${theirs?.name}`);
      }
    }
  }

  #differ(id: number, text: string): number {
    this.differences.push(`type ${id}: ${text.slice(0, 300)}`);
    return id;
  }
}
