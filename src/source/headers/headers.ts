// Kernel headers read without a compiler: a text and all that it includes becomes definitions with their layouts, and macros with their values.
import type { Types } from '../../ctype/types.ts';
import { abis } from './abi/abi.ts';
import { readDeclarations } from './c/declarations.ts';
import type { HeaderFacts } from './facts.ts';
import type { Files } from './files.ts';
import { MemberIndex } from './macros/aliases.ts';
import { Macros } from './macros/macros.ts';
import { PreprocessedMacros } from './macros/preprocessed.ts';
import { FileCache } from './pp/include.ts';
import { Preprocessor } from './pp/preprocessor.ts';
import { Symbols } from './symbols.ts';
import type { HeaderConfig } from './tree/config.ts';
import { HeaderTypes } from './types.ts';

export interface MainText {
  /** What places in it are called. */
  readonly name: string;
  /** `#include <net/sock.h>\n`, or what a script says before its first probe. */
  readonly text: string;
}

export interface ReadOptions {
  readonly files: Files;
  readonly config: HeaderConfig;
  readonly main: MainText;
  /** Kept by who reads several texts of one tree. */
  readonly cache?: FileCache;
  /** What names mean that neither the text nor its headers define. */
  readonly known?: Types | undefined;
}

/** Reads one text. Nothing in it makes this throw: what cannot be read is a problem, and reading goes on behind it. */
export function readHeaders({ files, config, main, known, cache = new FileCache(files, new Symbols()) }: ReadOptions): HeaderFacts {
  const preprocessor = new Preprocessor({ files, cache, config, main });
  const declarations = readDeclarations(preprocessor, { abi: abis[config.arch], unsignedChar: config.unsignedChar, shortWchar: config.forced.length > 0, msExtensions: config.msExtensions, known, own: known === undefined ? undefined : main.name });
  const definitions = declarations.list;
  // Macros are asked about types and types about macros: each only when somebody asks.
  const macros: Macros = new Macros(new PreprocessedMacros(preprocessor, declarations), () => members, () => ({ types, unsignedChar: config.unsignedChar }));
  const types = new HeaderTypes(definitions, macros, declarations.target.pointerSize);
  const members = new MemberIndex(definitions, types);
  return { types, definitions, macros, problems: [...preprocessor.problems, ...declarations.problems], files: preprocessor.files };
}
