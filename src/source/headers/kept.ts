// Units that have been read before: their facts in a folder, one file each, as long as no header of them has changed.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Types } from '../../ctype/types.ts';
import type { HeaderFacts } from './facts.ts';
import { readHeaders, type MainText } from './headers.ts';
import { readFacts, writeFacts } from './store.ts';
import type { HeaderTree } from './tree/tree.ts';

/** A folder of kept units. Who cannot write there reads headers each time anew. */
export class Kept {
  /** @param limit bytes that all units together may take */
  constructor(
    readonly folder: string,
    readonly limit = 2 ** 28,
  ) {}

  /**
   * The facts of a unit, out of the folder when they are there and every file of them is as it was.
   * @param known what names mean that neither the text nor its headers define; those of another identity may say something else
   */
  read(tree: HeaderTree, main: MainText, known?: { readonly types: Types; readonly identity: string }): HeaderFacts {
    const file = join(this.folder, `${keyOf(tree, main, known?.identity)}.headers`);
    const kept = this.#known(file, tree);
    if (kept !== undefined) return kept;
    const facts = readHeaders({ files: tree.files, config: tree.config, main, known: known?.types });
    this.#keep(file, tree, main, facts);
    return facts;
  }

  #known(file: string, tree: HeaderTree): HeaderFacts | undefined {
    const bytes = contents(file);
    const end = bytes?.indexOf(10) ?? -1;
    if (bytes === undefined || end < 0) return undefined;
    const stamps = JSON.parse(bytes.toString('utf8', 0, end)) as readonly (readonly [string, string])[];
    if (stamps.some(([path, stamp]) => tree.files.stamp(path) !== stamp)) return undefined;
    // When it was last of use: the oldest go first.
    utimesSync(file, new Date(), new Date());
    return readFacts(file, bytes.subarray(end + 1));
  }

  #keep(file: string, tree: HeaderTree, main: MainText, facts: HeaderFacts): void {
    const stamps = facts.files.filter((path) => path !== main.name).map((path) => [path, tree.files.stamp(path)]);
    if (!writable(this.folder)) return;
    const work = `${file}.${process.pid}`;
    writeFileSync(work, Buffer.concat([Buffer.from(`${JSON.stringify(stamps)}\n`), writeFacts(facts)]));
    renameSync(work, file);
    this.#tidy();
  }

  /** Takes away what was not asked for longest, until the rest is within the limit. */
  #tidy(): void {
    const all = readdirSync(this.folder).map((name) => join(this.folder, name)).map((path) => ({ path, found: statSync(path, { throwIfNoEntry: false }) })).flatMap(({ path, found }) => (found === undefined ? [] : [{ path, size: found.size, used: found.mtimeMs }]));
    let left = this.limit;
    for (const { path, size } of all.sort((a, b) => b.used - a.used)) {
      left -= size;
      if (left < 0) rmSync(path, { force: true });
    }
  }
}

function keyOf(tree: HeaderTree, main: MainText, identity: string | undefined): string {
  return createHash('sha1').update(JSON.stringify([tree.path, tree.config, main.name, main.text, identity])).digest('hex');
}

function contents(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

function writable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

function isErrno(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}
