// Module images: what their references mean, which are refused, how they come to their kernel.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { CType, Definition } from '../../src/ctype/ctype.ts';
import type { IngestOptions } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { ingestSources, type SourcesReport } from '../../src/index/sources.ts';
import { partsOf } from '../../src/source/image/parts.ts';
import { BtfWriter } from '../help/btfwriter.ts';
import { moduleFile } from '../help/elfwriter.ts';
import { scratchFolder } from '../help/scratch.ts';

const folder = scratchFolder();
let made = 0;
const release = '6.1.0-test';

/** vmlinux with two `workspace` (ids 2, 3), a declaration of `opaque` (5) and an anonymous union (6). */
function vmlinux(): BtfWriter {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 1);
  btf.struct('workspace', 4, [{ name: 'first', type: int, offset: 0 }]);
  btf.struct('workspace', 8, [{ name: 'second', type: int, offset: 0 }]);
  btf.ptr(3);
  btf.fwd('opaque');
  btf.union('', 4, [{ name: 'x', type: int, offset: 0 }]);
  btf.struct('sock', 16, [{ name: 'w', type: 4, offset: 0 }, { type: 6, offset: 64 }]);
  btf.struct('nf_conn', 4, [{ name: 'base', type: int, offset: 0 }]);
  return btf;
}

/** A module with its own `nf_conn` and `opaque`, and references to those of vmlinux beside. */
function module(base: BtfWriter): BtfWriter {
  const btf = new BtfWriter({ base });
  const [own, opaque] = [btf.nextId, btf.nextId + 1];
  btf.struct('nf_conn', 8, [{ name: 'own', type: 1, offset: 0 }]);
  btf.struct('opaque', 2, []);
  btf.ptr(5);
  btf.ptr(2);
  btf.struct('holder', 64, [
    { name: 'own', type: own, offset: 0 }, { name: 'theirs', type: 8, offset: 64 }, { name: 'defined', type: opaque, offset: 128 }, { name: 'declared', type: opaque + 1, offset: 192 },
    { name: 'first', type: opaque + 2, offset: 256 }, { name: 'second', type: 4, offset: 320 }, { name: 'anonymous', type: 6, offset: 384 }, { name: 'sock', type: 7, offset: 416 },
  ]);
  btf.func('attach', btf.proto(4, [['a', opaque + 2], ['b', own], ['c', 8]]));
  return btf;
}

interface Files {
  readonly [path: string]: Uint8Array;
}

/** Writes a folder like that of a kernel package, and returns its path. */
function kernelFolder(files: Files, modules = `lib/modules/${release}`): string {
  const root = join(folder, `kernel${made++}`);
  mkdirSync(join(root, modules, 'kernel/net'), { recursive: true });
  mkdirSync(join(root, 'boot'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name.replace('M/', `${modules}/kernel/`)), bytes);
  return root;
}

const newPath = (): string => join(folder, `${made++}.db`);
const index = (path: string, sources: readonly string[], options: Partial<IngestOptions> = {}): Promise<SourcesReport> => ingestSources(sources, { path, ...options }, partsOf);
const failures = (report: SourcesReport): readonly string[] => [...report.failed, ...report.kernels.flatMap((kernel) => kernel.failed)].map(({ error }) => error.message.replaceAll(folder, ''));
const shown = (report: SourcesReport): readonly string[] => report.kernels.map(({ kernel, added, modules }) => `${kernel}: ${modules} modules, ${added.map((each) => `${each.kind} ${each.count}`).join(' ')}`);

function image(path: string, name?: string): ImageTypes {
  const catalog = openCatalog(path);
  if (catalog === undefined) throw new Error('no catalog');
  return catalog.image(name === undefined ? {} : { module: name });
}

const vmlinuxBtf = (name: string): string => {
  writeFileSync(join(folder, name), vmlinux().bytes());
  return join(folder, name);
};

/** Where a type leads: image and BTF id. */
function meant(types: ImageTypes, type: CType | undefined): string | undefined {
  const at = type?.kind === 'ptr' ? type.to : type;
  if (at?.kind !== 'struct' && at?.kind !== 'union') return undefined;
  const found = types.definition(at);
  return found === undefined ? 'nothing' : `${found.image} ${found.id}`;
}

const members = (types: ImageTypes, definition: Definition | undefined): unknown =>
  definition?.kind === 'struct' ? definition.members.map((member) => `${member.name ?? ''}: ${meant(types, member.type) ?? ''}`) : definition;

describe('references of a module mean what their BTF ids name', () => {
  const path = newPath();

  it('is read', async () => {
    const root = kernelFolder({ 'M/net/nf-conntrack.ko': moduleFile({ name: 'nf_conntrack', release, buildId: 'aa', btf: module(vmlinux()).bytes() }) });
    expect(failures(await index(path, [vmlinuxBtf(`vmlinux-${release}`), root]))).toEqual([]);
  });

  it('in members', () => {
    const types = image(path);
    expect(members(types, types.find('struct', 'holder')[0])).toEqual([
      'own: nf_conntrack 9', 'theirs: vmlinux 8', 'defined: nf_conntrack 10', 'declared: nothing', 'first: vmlinux 2', 'second: vmlinux 3', 'anonymous: vmlinux 6', 'sock: vmlinux 7',
    ]);
  });

  it('in prototypes', () => {
    const types = image(path);
    const type = types.find('function', 'attach')[0]?.type;
    expect([type?.returns, ...(type?.params.map((param) => param.type) ?? [])].map((each) => meant(types, each))).toEqual(['vmlinux 3', 'vmlinux 2', 'nf_conntrack 9', 'vmlinux 8']);
  });

  it('beyond the module too', () => {
    const types = image(path, 'nf_conntrack');
    const holder = types.find('struct', 'holder')[0];
    const sock = holder?.members.at(-1)?.type;
    expect(members(types, sock?.kind === 'struct' ? types.definition(sock) : undefined)).toEqual(['w: vmlinux 3', ': vmlinux 6']);
  });

  it('names are looked for in the module that was asked for, then in vmlinux, then in the others', () => {
    const where = (name: string, module?: string): readonly string[] => image(path, module).find('struct', name).map((each) => `${each.image} ${each.variant}/${each.variants}`);
    expect(where('nf_conn')).toEqual(['vmlinux 1/1']);
    expect(where('nf_conn', 'nf-conntrack')).toEqual(['nf_conntrack 1/1', 'vmlinux 1/1']);
    expect(where('workspace', 'nf_conntrack')).toEqual(['vmlinux 1/2', 'vmlinux 2/2']);
    expect(where('holder')).toEqual(['nf_conntrack 1/1']);
    expect(() => image(path, 'xfs')).toThrow('6.1.0-test: module xfs is not in the catalog');
  });

  it('views say which image has what', () => {
    const db = new Sqlite(path, { readonly: true });
    expect(db.prepare("SELECT image, btf_id FROM v_definition WHERE name IN ('nf_conn', 'holder') ORDER BY btf_id").raw().all()).toEqual([['vmlinux', 8], ['nf_conntrack', 9], ['nf_conntrack', 13]]);
    expect(db.prepare("SELECT kernel, image, kind, count FROM v_source ORDER BY image").raw().all()).toEqual([[release, 'nf_conntrack', 'btf', 4], [release, 'vmlinux', 'btf', 5]]);
  });
});

it('equal structs of modules are found once', async () => {
  const path = newPath();
  const alike = (name: string): Uint8Array => {
    const btf = new BtfWriter({ base: vmlinux() });
    btf.struct('media_device', 4, [{ name: 'x', type: 1, offset: 0 }]);
    return moduleFile({ name, release, btf: btf.bytes() });
  };
  const report = await index(path, [vmlinuxBtf(`vmlinux-${release}`), kernelFolder({ 'M/b.ko': alike('b'), 'M/a.ko': alike('a') })]);
  expect(shown(report)).toEqual([`${release}: 2 modules, btf 7`]);
  const types = image(path);
  expect(types.find('struct', 'media_device').map((each) => each.image)).toEqual(['a']);
  expect([...types.all('struct', 'media_device')].map((each) => each.image).sort()).toEqual(['a', 'b']);
  expect(image(path, 'b').find('struct', 'media_device').map((each) => each.image)).toEqual(['b']);
});

describe('modules that bring along what they name of their kernel (.BTF.base)', () => {
  /** int, struct sock of 16 bytes, struct opaque declared; then a struct of the module's own. */
  const distilled = (size = 16): Uint8Array => {
    const base = new BtfWriter();
    base.int('int', 4, 1);
    base.struct('sock', size, []);
    base.fwd('opaque');
    const btf = new BtfWriter({ base });
    btf.ptr(2);
    btf.array(1, 3);
    btf.struct('mine', 64, [{ name: 'sk', type: 4, offset: 0 }, { name: 'sock', type: 2, offset: 64 }, { name: 'a', type: 5, offset: 192 }, { name: 'o', type: 7, offset: 320 }]);
    btf.ptr(3);
    return moduleFile({ name: 'out_of_tree', release, btf: btf.bytes(), base: base.bytes() });
  };

  it('are moved onto its BTF', async () => {
    const path = newPath();
    expect(failures(await index(path, [vmlinuxBtf(`vmlinux-${release}`), kernelFolder({ 'M/o.ko': distilled() })]))).toEqual([]);
    const types = image(path, 'out_of_tree');
    const mine = types.find('struct', 'mine')[0];
    expect(members(types, mine)).toEqual(['sk: vmlinux 7', 'sock: vmlinux 7', 'a: ', 'o: nothing']);
    expect(mine?.members[2]?.type).toMatchObject({ kind: 'array', count: 3, of: { kind: 'int', name: 'int', size: 4, signed: true } });
    expect(mine?.id).toBe(11);
  });

  it('are refused where the kernel has it otherwise', async () => {
    const report = await index(newPath(), [vmlinuxBtf(`vmlinux-${release}`), kernelFolder({ 'M/o.ko': distilled(24) })]);
    expect(failures(report)).toEqual([expect.stringMatching(/o\.ko: \.BTF: at byte 24: type 4: the module names STRUCT sock of 24 bytes of its kernel, .* has no such type$/)]);
  });
});

describe('modules that are refused, with the reason, while the others are read', () => {
  const good = (): Uint8Array => moduleFile({ name: 'good', release, btf: module(vmlinux()).bytes() });
  const shifted = (): BtfWriter => {
    const btf = new BtfWriter();
    btf.int('unsigned long long', 8);
    for (const name of ['workspace_of_another_length', 'sock', 'nf']) btf.struct(name, 4, [{ name: 'x', type: 1, offset: 0 }]);
    return btf;
  };
  const functionOf = (id: number): Uint8Array => {
    const btf = new BtfWriter({ base: vmlinux() });
    btf.func('broken', id);
    return btf.bytes();
  };
  it.each<[string, Uint8Array, RegExp]>([
    ['another base: names in the middle of strings', moduleFile({ name: 'x', btf: module(shifted()).bytes() }), /in the middle of the base's string "\w+": this BTF was made for another base$/],
    ['another base: a function of what is no prototype', moduleFile({ name: 'x', btf: functionOf(1) }), /type 9: FUNC refers to type 1, which is INT, not FUNC_PROTO$/],
    ['ids past the end', moduleFile({ name: 'x', btf: functionOf(77) }), /type 9: refers to type 77 past end \(10\)$/],
    ['another kernel', moduleFile({ name: 'x', release: '6.1.0-other', btf: module(vmlinux()).bytes() }), /x\.ko: at byte 0: the module was built for 6\.1\.0-other, this kernel is 6\.1\.0-test$/],
    ['no BTF', moduleFile({ name: 'x', release }), /x\.ko: at byte 0: the module has no \.BTF section/],
    ['cut short', good().subarray(0, 200), /x\.ko: at byte /],
  ])('%s', async (_, bytes, message) => {
    const path = newPath();
    const report = await index(path, [vmlinuxBtf(`vmlinux-${release}`), kernelFolder({ 'M/a.ko': good(), 'M/x.ko': bytes })]);
    expect(failures(report)).toEqual([expect.stringMatching(message)]);
    expect(openCatalog(path)?.kernels().map((kernel) => kernel.images.map((each) => each.name))).toEqual([['vmlinux', 'good']]);
  });
});

describe('sources find their kernel', () => {
  const nf = (options: { readonly buildId?: string; readonly more?: string } = {}): Uint8Array => {
    const btf = module(vmlinux());
    if (options.more !== undefined) btf.struct(options.more, 0, []);
    return moduleFile({ name: 'nf_conntrack', release, buildId: options.buildId ?? 'aa', btf: btf.bytes() });
  };

  it('modules that come later', async () => {
    const path = newPath();
    const kernel = vmlinuxBtf(`vmlinux-${release}`);
    expect(shown(await index(path, [kernel]))).toEqual([`${release}: 0 modules, btf 5`]);
    const root = kernelFolder({ 'M/nf.ko': nf() });
    expect(shown(await index(path, [root]))).toEqual([`${release}: 1 modules, btf 4`]);
    expect(shown(await index(path, [root]))).toEqual([`${release}: 0 modules, `]);
    expect(shown(await index(path, [kernel, root], { force: true }))).toEqual([`${release}: 1 modules, btf 9`]);
    expect(openCatalog(path)?.kernels().length).toBe(1);
    expect(image(path).find('struct', 'holder').length).toBe(1);
  });

  it('a loose module says it itself, or is of the only kernel', async () => {
    const path = newPath();
    const loose = join(folder, 'loose.ko');
    writeFileSync(loose, nf());
    expect(failures(await index(path, [loose]))).toEqual([`vmlinux of ${release} is neither among the sources nor in the catalog`]);
    expect(shown(await index(path, [vmlinuxBtf('nameless.btf'), loose]))).toEqual(['nameless: 1 modules, btf 9']);
  });

  it('raw split BTF goes with the kernel beside it, or with one that is named', async () => {
    const path = newPath();
    const raw = join(folder, 'nf_raw');
    writeFileSync(raw, module(vmlinux()).bytes());
    expect(failures(await index(path, [raw]))).toEqual(['vmlinux of their kernel is neither among the sources nor in the catalog']);
    await index(path, [vmlinuxBtf(`vmlinux-${release}`)]);
    expect(shown(await index(path, [raw], { name: release }))).toEqual([`${release}: 1 modules, btf 4`]);
    expect(image(path, 'nf_raw').find('struct', 'holder')[0]?.image).toBe('nf_raw');
  });

  it('another build of the same module needs force', async () => {
    const path = newPath();
    const kernel = vmlinuxBtf(`vmlinux-${release}`);
    await index(path, [kernel, kernelFolder({ 'M/nf.ko': nf() })]);
    const other = kernelFolder({ 'M/nf.ko': nf({ buildId: 'bb', more: 'newer' }) });
    expect(failures(await index(path, [other]))).toEqual(['6.1.0-test has another build of module nf_conntrack already (build-id aa, this one bb)']);
    expect(image(path).find('struct', 'newer').length).toBe(0);
    expect(failures(await index(path, [other], { force: true }))).toEqual([]);
    expect(image(path).find('struct', 'newer').length).toBe(1);
  });

  it('two kernels at once; a name needs one', async () => {
    const path = newPath();
    const kernels = ['vmlinux-6.1.0-a', 'vmlinux-6.1.0-b'].map((name, at) => {
      const btf = vmlinux();
      btf.struct(`only_${at}`, 0, []);
      writeFileSync(join(folder, name), btf.bytes());
      return join(folder, name);
    });
    await expect(index(path, kernels, { name: 'x' })).rejects.toThrow('--name x: the sources are of 2 kernels');
    expect(shown(await index(path, [...kernels, join(folder, 'nothing')]))).toEqual(['6.1.0-a: 0 modules, btf 6', '6.1.0-b: 0 modules, btf 6']);
    expect(failures(await index(path, [join(folder, 'nothing'), ...kernels]))).toEqual([`cannot read '/nothing': ENOENT`]);
  });
});
