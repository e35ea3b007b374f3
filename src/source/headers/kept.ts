// Units that have been read before: their facts in a folder, one file each, as long as no header of them has changed.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Types } from '../../ctype/types.ts';
import { KeptFiles } from '../../sys/keptfiles.ts';
import type { HeaderFacts } from './facts.ts';
import { readHeaders, type MainText } from './headers.ts';
import { readFacts, writeFacts } from './store.ts';
import type { HeaderTree } from './tree/tree.ts';

const limits = { bytes: 2 ** 28, files: 4096 };

export class Kept {
  readonly #files: KeptFiles;

  constructor(readonly folder: string) {
    this.#files = new KeptFiles(folder, limits);
  }

  /**
   * The facts of a unit, out of the folder when they are there and every file of them is as it was.
   * @param known what names mean that neither the text nor its headers define; those of another identity may say something else
   */
  read(tree: HeaderTree, main: MainText, known?: { readonly types: Types; readonly identity: string }): HeaderFacts {
    const name = `${keyOf(tree, main, known?.identity)}.headers`;
    const kept = this.#known(name, tree);
    if (kept !== undefined) return kept;
    const facts = readHeaders({ files: tree.files, config: tree.config, main, known: known?.types });
    const stamps = facts.files.filter((path) => path !== main.name).map((path) => [path, tree.files.stamp(path)]);
    this.#files.write(name, Buffer.concat([Buffer.from(`${JSON.stringify(stamps)}\n`), writeFacts(facts)]));
    return facts;
  }

  #known(name: string, tree: HeaderTree): HeaderFacts | undefined {
    const bytes = this.#files.read(name);
    const end = bytes?.indexOf(10) ?? -1;
    if (bytes === undefined || end < 0) return undefined;
    const stamps = JSON.parse(bytes.toString('utf8', 0, end)) as readonly (readonly [string, string])[];
    if (stamps.some(([path, stamp]) => tree.files.stamp(path) !== stamp)) return undefined;
    this.#files.used(name);
    return readFacts(join(this.folder, name), bytes.subarray(end + 1));
  }
}

function keyOf(tree: HeaderTree, main: MainText, identity: string | undefined): string {
  return createHash('sha1').update(JSON.stringify([tree.path, tree.config, main.name, main.text, identity])).digest('hex');
}
