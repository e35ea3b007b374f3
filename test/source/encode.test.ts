// Definitions written as BTF and read again: the types of whole kernels go round, and what the kernel's tools say of them is what they said before.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Definition, DefinitionKind } from '../../src/ctype/ctype.ts';
import { declaration } from '../../src/ctype/print.ts';
import { everyText } from '../../src/app/everything.ts';
import { ingestFile } from '../../src/index/ingest.ts';
import { openCatalog, type ImageTypes } from '../../src/index/reader.ts';
import { encodeTypes } from '../../src/source/btf/encode.ts';
import { scratchFolder } from '../help/scratch.ts';
import { cacheFolder, series } from '../vm/kernels.ts';

const folder = scratchFolder();
const kinds: readonly DefinitionKind[] = ['struct', 'union', 'enum', 'typedef', 'function'];
// The newest: it has ENUM64, tags and decl_tags.
const kernels = series.map(({ name }) => ({ name, btf: join(cacheFolder(), name, 'vmlinux.btf') })).filter(({ btf }) => existsSync(btf)).slice(-1);

async function typesOf(name: string, bytes: Uint8Array): Promise<ImageTypes> {
  const path = join(folder, `${name}.db`);
  await ingestFile(name, bytes, { path });
  const catalog = openCatalog(path);
  if (catalog === undefined) throw new Error('no catalog');
  return catalog.image();
}

function encoded(types: ImageTypes): Uint8Array {
  const [whole] = types.everything('vmlinux').images();
  if (whole === undefined) throw new Error('no image');
  const all: readonly Definition[] = [...whole.definitions(kinds)];
  const positions = new Map(all.map((definition, index) => [definition.id, index]));
  return encodeTypes(all, (ref) => {
    const id = whole.definition(ref)?.id;
    return id === undefined ? undefined : positions.get(id);
  });
}

const textsOf = (kind: 'struct' | 'enum') => (types: ImageTypes): string[] => [...everyText(types, { kind, image: 'vmlinux', anonymous: true })];

function declarations(types: ImageTypes): string[] {
  return [...types.everything('vmlinux').images()].flatMap((whole) =>
    [...whole.definitions(['typedef', 'function'])].map((each) => ('type' in each ? `${each.kind}: ${declaration(each.type, each.name)}` : '')));
}

describe.each(kernels)('$name', ({ name, btf }) => {
  it('says the same of every struct, union, enum, typedef and function', async () => {
    const before = await typesOf(name, readFileSync(btf));
    const again = await typesOf(`${name}-again`, encoded(before));
    for (const texts of [textsOf('struct'), textsOf('enum'), declarations]) {
      const [was, is] = [before, again].map(texts);
      expect(was?.length).toBeGreaterThan(1000);
      expect(is?.length).toBe(was?.length);
      expect(is?.filter((text, index) => text !== was?.[index]).slice(0, 3)).toEqual([]);
    }
  }, 60_000);
});
