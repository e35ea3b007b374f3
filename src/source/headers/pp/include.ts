// Where headers are: the search of #include, and the files that were read, each lexed once however many texts include it.
import type { Files } from '../files.ts';
import type { Symbols } from '../symbols.ts';
import { lex, maxFileSize, type Lexed } from './lexer.ts';

/** Files across texts. What changes on disk meanwhile is not noticed. */
export class FileCache {
  readonly #lexed = new Map<string, Lexed | undefined>();

  constructor(
    readonly files: Files,
    readonly symbols: Symbols,
  ) {}

  get(path: string): Lexed | undefined {
    if (this.#lexed.has(path)) return this.#lexed.get(path);
    const text = this.files.read(path);
    const made = text === undefined ? undefined : lex(path, text.length > maxFileSize ? '' : text, this.symbols);
    const cut = made === undefined || text === undefined || text.length <= maxFileSize ? made : { ...made, problems: [{ offset: 0, message: `more than ${maxFileSize} bytes: not read` }] };
    this.#lexed.set(path, cut);
    return cut;
  }
}

export interface Found {
  readonly lexed: Lexed;
  /** Index in the list of folders, for #include_next; -1 where it was found beside the file that includes it. */
  readonly folder: number;
}

/** The search of one text: beside the including file and in quote folders for "x", then in system folders. */
export class Includes {
  readonly #folders: readonly string[];
  readonly #firstSystem: number;
  readonly #known = new Map<string, Found | undefined>();

  constructor(
    readonly cache: FileCache,
    quote: readonly string[],
    system: readonly string[],
  ) {
    this.#folders = [...quote, ...system];
    this.#firstSystem = quote.length;
  }

  find(name: string, quoted: boolean, from: string): Found | undefined {
    if (name.startsWith('/')) return this.#at(name, -1);
    if (quoted) {
      const beside = this.#at(`${folderOf(from)}${name}`, -1);
      if (beside !== undefined) return beside;
    }
    return this.#search(name, quoted ? 0 : this.#firstSystem);
  }

  /** #include_next: behind the folder in which the including file was found. */
  next(name: string, after: number): Found | undefined {
    return this.#search(name, after < 0 ? this.#firstSystem : after + 1);
  }

  #search(name: string, first: number): Found | undefined {
    const key = `${first} ${name}`;
    if (this.#known.has(key)) return this.#known.get(key);
    let found: Found | undefined;
    for (let index = first; index < this.#folders.length && found === undefined; index++) found = this.#at(`${this.#folders[index] ?? ''}/${name}`, index);
    this.#known.set(key, found);
    return found;
  }

  #at(path: string, folder: number): Found | undefined {
    const lexed = this.cache.get(path);
    return lexed === undefined ? undefined : { lexed, folder };
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
