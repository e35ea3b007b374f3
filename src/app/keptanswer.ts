// An answer that took long to find is kept in the user's cache folder, and told again as long as all that it came from is as it was: the catalogs,
// the running kernel, the program.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { kernelFs, type KernelFs } from '../base/kernelfs.ts';
import { ContentHash } from '../index/hash.ts';
import { runningKernel } from '../index/identity.ts';
import { answerCache, catalogsToRead, type LocationOptions } from '../index/location.ts';
import { KeptFiles, unlessRefused } from '../sys/keptfiles.ts';
import { locationOf, tracefsReadable, type KernelChoice } from './kernel.ts';

/** UTF-16 code units: a longer answer is not kept. */
export const longestKept = 2 ** 25;

const limits = { bytes: 2 ** 27, files: 256 };

/** The place of the answer to one question. */
export class KeptAnswer {
  readonly #location: LocationOptions;
  readonly #files: KeptFiles;
  readonly #question: string;
  readonly #name: string;
  /** Of all that the answer comes from, when the question was asked; undefined while a catalog is being mended. */
  readonly #origin: string | undefined;

  /** @param words all that was asked, as JSON tells it: nothing else may make a difference, but for the catalogs and the kernel that runs */
  constructor(words: unknown, choice: KernelChoice, readonly fs: KernelFs = kernelFs) {
    this.#location = locationOf(choice);
    this.#files = new KeptFiles(answerCache(this.#location), limits);
    this.#question = JSON.stringify([catalogsToRead(this.#location), words]);
    this.#name = `${hashOf(this.#question)}.answer`;
    this.#origin = this.#originNow();
  }

  /** The answer, UTF-8; undefined where it is not known or no longer true. */
  read(): Buffer | undefined {
    const bytes = this.#origin === undefined ? undefined : this.#files.read(this.#name);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(10) + 1;
    if (bytes.toString('utf8', 0, end) !== this.#title(bytes.byteLength - end)) return undefined;
    this.#files.used(this.#name);
    return bytes.subarray(end);
  }

  /** Nothing is kept where the catalogs changed since the question was asked. */
  write(pieces: readonly string[]): void {
    if (this.#origin === undefined || this.#originNow() !== this.#origin) return;
    const text = Buffer.from(pieces.join(''));
    this.#files.write(this.#name, Buffer.concat([Buffer.from(this.#title(text.byteLength)), text]));
  }

  /** The first line of the file: an answer to another question, of another origin or cut short has another one. */
  #title(bytes: number): string {
    return `${JSON.stringify([this.#question, this.#origin, bytes])}\n`;
  }

  #originNow(): string | undefined {
    return unlessRefused(() => {
      const catalogs = catalogsToRead(this.#location).map(catalogStamp);
      if (catalogs.includes(undefined)) return undefined;
      return JSON.stringify([programStamp(), this.#location.uid, runningKernel(this.fs), tracefsReadable(this.fs), catalogs]);
    });
  }
}

/** Each build makes its folder anew. */
function programStamp(): readonly string[] {
  const { ino, ctimeNs } = statSync(import.meta.dirname, { bigint: true });
  return [String(ino), String(ctimeNs)];
}

/**
 * Which file it is, and how often SQLite has written it: "file change counter" of the Database File Format, §1.3. null where there is none;
 * undefined where that does not say all: a writer that died left a journal, from which the next reader that may puts the catalog back.
 */
function catalogStamp(path: string): readonly string[] | null | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isFile() || existsSync(`${path}-journal`)) return undefined;
  const { dev, ino, size, mtimeNs } = found;
  return [dev, ino, size, mtimeNs, changeCounter(path)].map(String);
}

function changeCounter(path: string): number {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4);
    readSync(fd, bytes, 0, 4, 24);
    return bytes.readUInt32BE();
  } finally {
    closeSync(fd);
  }
}

function hashOf(text: string): string {
  const hash = new ContentHash();
  hash.begin(text.length);
  for (let at = 0; at < text.length; at++) hash.word(text.charCodeAt(at));
  hash.end();
  return [hash.high, hash.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
