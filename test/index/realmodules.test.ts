// Modules of real kernels: every reference of theirs beside the type ids of their BTF.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CType, Definition } from '../../src/ctype/ctype.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { ingestSources } from '../../src/index/sources.ts';
import { parseBtf, type Btf } from '../../src/source/btf/btf.ts';
import { kindOf } from '../../src/source/btf/kinds.ts';
import { parseModuleBtf, readModuleFile } from '../../src/source/btf/module.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { unpack } from '../../src/source/image/unpack.ts';
import { scratchFolder } from '../help/scratch.ts';
import { cacheFolder, series } from '../vm/kernels.ts';

const folder = scratchFolder();

/** Modules with many types, with names that several have, with names that vmlinux has too. */
const wanted = /\/(?:nf_conntrack|nf_nat|nf_tables|xfs|btrfs|zram|bluetooth|mac80211|drbd|kvm|usbcore|dvb-core|snd-soc-core|lz4_compress|amd64_edac|iwlwifi)\.ko(?:\.xz)?$/;

interface Kernel {
  readonly name: string;
  readonly btf: string;
  readonly modules: readonly string[];
}

const kernels: readonly Kernel[] = series.flatMap(({ name }) => {
  const root = join(cacheFolder(), name);
  const btf = join(root, 'vmlinux.btf');
  if (!existsSync(btf)) return [];
  const modules = ['lib/modules', 'usr/lib/modules'].flatMap((place) => {
    const below = join(root, place);
    return existsSync(below) ? readdirSync(below, { recursive: true, encoding: 'utf8' }).map((file) => join(below, file)) : [];
  });
  return [{ name, btf, modules: modules.filter((file) => wanted.test(file)).sort() }];
});

describe.each(kernels)('modules of $name', ({ name, btf, modules }) => {
  let types: ImageTypes;

  beforeAll(async () => {
    const path = join(folder, `${name}.db`);
    const report = await ingestSources([btf, ...modules], { path }, partsOf);
    expect([...report.failed, ...report.kernels.flatMap((kernel) => kernel.failed)]).toEqual([]);
    const catalog = openCatalog(path);
    if (catalog === undefined) throw new Error('no catalog');
    types = catalog.image();
  });

  it('mean what their type ids say', async () => {
    const base = parseBtf('vmlinux', readFileSync(btf));
    let leaves = 0;
    const wrong: string[] = [];
    for (const file of modules) {
      const module = readModuleFile(file, await unpack(file, readFileSync(file)));
      const own = parseModuleBtf(module, base).btf;
      const seen = new References(own, types, module.name ?? '');
      for (let id = own.firstId; id < own.endId; id++) if (kinds.has(own.kind(id))) seen.definition(id);
      leaves += seen.leaves;
      wrong.push(...seen.wrong);
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(modules.length).toBeGreaterThan(8);
    expect(leaves).toBeGreaterThan(10_000);
  }, 300_000);

  it('of another kernel are refused', async () => {
    const others = kernels.filter((each) => each.name !== name).flatMap((each) => each.modules.slice(0, 4));
    for (const file of others) {
      const module = readModuleFile(file, await unpack(file, readFileSync(file)));
      expect(() => parseModuleBtf(module, parseBtf('vmlinux', readFileSync(btf)))).toThrow(/is in the middle of the base's string|is not FUNC_PROTO|not FUNC_PROTO$|past end/);
    }
  });
});

const kinds: ReadonlySet<number> = new Set([kindOf.STRUCT, kindOf.UNION, kindOf.TYPEDEF, kindOf.FUNC, kindOf.VAR]);

/** The catalog's definitions and the BTF, walked together. */
class References {
  leaves = 0;
  readonly wrong: string[] = [];

  constructor(
    readonly btf: Btf,
    readonly types: ImageTypes,
    readonly image: string,
  ) {}

  definition(id: number): void {
    const found = this.types.byId(id, this.image);
    if (found === undefined || found.id !== id || (found.name ?? '') !== this.btf.name(id)) this.#fail(id, `is ${found?.name ?? 'nothing'}`);
    else if ('members' in found) found.members.forEach((member, index) => { this.#type(id, member.type, this.btf.extra(id, 3 * index + 1)); });
    else if (found.kind !== 'enum') this.#type(id, found.type, this.btf.type(id));
  }

  #type(id: number, ours: CType, at: number): void {
    switch (ours.kind) {
      case 'void': case 'int': case 'float':
        return;
      case 'ptr':
        return this.#type(id, ours.to, this.btf.type(at));
      case 'array':
        return this.#type(id, ours.of, this.btf.extra(at, 0));
      case 'const': case 'volatile': case 'restrict': case 'tag':
        return this.#type(id, ours.of, this.btf.type(at));
      case 'function':
        this.#type(id, ours.returns, this.btf.type(at));
        return ours.params.forEach((param, index) => { this.#type(id, param.type, this.btf.extra(at, 2 * index + 1)); });
      default:
        this.#leaf(id, this.types.definition(ours), at);
    }
  }

  #leaf(id: number, ours: Definition | undefined, at: number): void {
    this.leaves++;
    const meant = this.btf.kind(at) === kindOf.FWD ? undefined : at;
    if (ours?.id !== meant) this.#fail(id, `means ${ours?.image ?? ''} ${ours?.id ?? 'nothing'}, is ${at}`);
    else if (ours !== undefined && ours.image !== (at < this.btf.firstId ? 'vmlinux' : this.image)) this.#fail(id, `means ${at} of ${ours.image}`);
  }

  #fail(id: number, text: string): void {
    this.wrong.push(`${this.image}: type ${id} ${this.btf.name(id)}: ${text}`);
  }
}
