// What headers say, kept as bytes: definitions as BTF, macros as lines of text, nothing of it decoded before it is asked for.
import { FormatError } from '../../base/errors.ts';
import { parseBtf } from '../btf/btf.ts';
import { BtfDefinitions } from '../btf/definitions.ts';
import { encodeTypes } from '../btf/encode.ts';
import { kindOf } from '../btf/kinds.ts';
import type { DefinitionKind } from '../../ctype/ctype.ts';
import type { DefinitionTable, HeaderDefinition, HeaderFacts, Macro, MacroTable } from './facts.ts';
import { HeaderTypes } from './types.ts';
import type { Problem } from './tokens.ts';

/** Bytes that `readFacts` understands. */
export function writeFacts(facts: HeaderFacts): Uint8Array {
  const { definitions, macros, problems } = facts;
  const files = new Map<string, number>(facts.files.map((file, index) => [file, index]));
  const fileNumber = (file: string): number => {
    const known = files.get(file);
    if (known !== undefined) return known;
    files.set(file, files.size);
    return files.size - 1;
  };
  const all = Array.from({ length: definitions.length }, (_, index) => definitions.at(index));
  const btf = encodeTypes(all.map(({ definition }) => definition), ({ key }) => (typeof key === 'number' ? key : undefined));
  const places = new Uint32Array(all.flatMap(({ definition, file, line, local }) => [fileNumber(file), line * 2 + (local === true ? 1 : 0), definition.variant, definition.variants]));
  const lines: string[] = [];
  for (const name of [...macros.names()].sort()) {
    const macro = macros.find(name);
    if (macro !== undefined) lines.push(macroLine(macro, fileNumber(macro.file)));
  }
  const text = Buffer.from(lines.join('\n'), 'utf8');
  const head: Head = { format, own: facts.files.length, files: [...files.keys()], problems, pointerSize: facts.types.pointerSize, definitions: all.length, btf: btf.length, macros: text.length };
  const headText = Buffer.from(`${JSON.stringify(head)}\n`, 'utf8');
  return Buffer.concat([headText, new Uint8Array(places.buffer), btf, text]);
}

/** Bytes of what is kept beside each definition: number of its file, line and whether it is local, place among its variants, number of variants. */
const placeSize = 16;

/** Part of the first line: another number, and the bytes are those of another version. */
const format = 'btfly headers 3';

interface Head {
  readonly format: string;
  /** How many of the files are `HeaderFacts.files`; the rest are only named by places. */
  readonly own: number;
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  readonly pointerSize: number;
  /** How many. */
  readonly definitions: number;
  /** Sizes in bytes. */
  readonly btf: number;
  readonly macros: number;
}

/** Throws FormatError for bytes that `writeFacts` of this version has not written. */
export function readFacts(what: string, bytes: Uint8Array): HeaderFacts {
  const end = bytes.indexOf(10);
  const head = headOf(what, Buffer.from(bytes.subarray(0, Math.max(0, end))).toString('utf8'));
  const [places, btf, macros] = [end + 1, end + 1 + placeSize * head.definitions, end + 1 + placeSize * head.definitions + head.btf];
  if (macros + head.macros !== bytes.length) throw new FormatError(what, 0, `${bytes.length} bytes, ${macros + head.macros} wanted`);
  const table = new StoredDefinitions(what, bytes.subarray(btf, macros), new Uint32Array(new Uint8Array(bytes.subarray(places, btf)).buffer), head.files);
  const stored = new StoredMacros(what, Buffer.from(bytes.subarray(macros)).toString('utf8'), head.files);
  return { types: new HeaderTypes(table, stored, head.pointerSize), definitions: table, macros: stored, problems: head.problems, files: head.files.slice(0, head.own) };
}

function headOf(what: string, text: string): Head {
  if (!text.startsWith(`{"format":"${format}"`)) throw new FormatError(what, 0, `not "${format}"`);
  return JSON.parse(text) as Head;
}

class StoredDefinitions implements DefinitionTable {
  readonly length: number;
  readonly #definitions: BtfDefinitions;
  readonly #kept = new Map<number, HeaderDefinition>();

  constructor(
    readonly what: string,
    btf: Uint8Array,
    readonly places: Uint32Array,
    readonly files: readonly string[],
  ) {
    this.length = (4 * places.length) / placeSize;
    // What stands behind the definitions is only named: declared records, which have no key.
    this.#definitions = new BtfDefinitions(parseBtf(what, btf), { image: 'headers', key: (id) => (id <= this.length ? id - 1 : null), charsByName: true });
  }

  kind(index: number): DefinitionKind {
    const kind = kindNames[this.#definitions.btf.kind(index + 1)];
    if (kind === undefined) return this.#definitions.btf.fail(index + 1, 'not a definition');
    return kind;
  }

  name(index: number): string | null {
    const name = this.#definitions.btf.name(index + 1);
    return name === '' ? null : name;
  }

  file(index: number): string {
    return this.files[this.places[4 * index] ?? 0] ?? '';
  }

  at(index: number): HeaderDefinition {
    const known = this.#kept.get(index);
    if (known !== undefined) return known;
    if (index < 0 || index >= this.length) throw new RangeError(`${this.what}: no definition ${index}, there are ${this.length}`);
    const definition = this.#definitions.definition(index + 1);
    if (definition === undefined) return this.#definitions.btf.fail(index + 1, 'not a definition');
    const [file = 0, line = 0, variant = 1, variants = 1] = this.places.subarray(index * 4, index * 4 + 4);
    const made = { definition: { ...definition, id: null, variant, variants }, file: this.files[file] ?? '', line: line >>> 1, ...((line & 1) === 0 ? {} : { local: true }) };
    this.#kept.set(index, made);
    return made;
  }
}

const kindNames: Readonly<Record<number, DefinitionKind>> = {
  [kindOf.STRUCT]: 'struct', [kindOf.UNION]: 'union', [kindOf.ENUM]: 'enum', [kindOf.ENUM64]: 'enum', [kindOf.TYPEDEF]: 'typedef', [kindOf.FUNC]: 'function',
};

/** `name file line kind …`, separated by tabs; what may hold one is JSON. */
function macroLine(macro: Macro, file: number): string {
  const head = `${macro.name}\t${file}\t${macro.line}\t${macro.kind}`;
  switch (macro.kind) {
    case 'integer':
      return `${head}\t${macro.value}\t${macro.type.size}\t${macro.type.signed ? 1 : 0}`;
    case 'string':
      return `${head}\t${JSON.stringify(macro.text)}`;
    case 'function':
      return `${head}\t${macro.params.join(' ')}\t${JSON.stringify(macro.body)}`;
    case 'alias':
      return `${head}\t${macro.path}\t${macro.records.join(',')}`;
  }
}

class StoredMacros implements MacroTable {
  /** Those that were asked for. */
  readonly #macros = new Map<string, Macro | undefined>();

  constructor(
    readonly what: string,
    /** Lines, sorted by name. */
    readonly text: string,
    readonly files: readonly string[],
  ) {}

  names(): Iterable<string> {
    return this.text === '' ? [] : this.text.split('\n').map((line) => line.slice(0, line.indexOf('\t')));
  }

  find(name: string): Macro | undefined {
    if (this.#macros.has(name)) return this.#macros.get(name);
    const line = this.#line(name);
    const macro = line === undefined ? undefined : this.#parse(line);
    this.#macros.set(name, macro);
    return macro;
  }

  /** By halves: a script asks for a few of ten thousands. */
  #line(name: string): string | undefined {
    const { text } = this;
    for (let from = 0, to = text.length; from < to; ) {
      const start = text.lastIndexOf('\n', ((from + to) >> 1) - 1) + 1;
      const next = text.indexOf('\n', start);
      const end = next < 0 ? text.length : next;
      const found = text.slice(start, text.indexOf('\t', start));
      if (found === name) return text.slice(start, end);
      if (found < name) from = end + 1;
      else to = start;
    }
    return undefined;
  }

  #parse(line: string): Macro {
    const [name = '', file, row, kind, first = '', second = '', third] = line.split('\t');
    const defined = { name, file: this.files[Number(file)] ?? '', line: Number(row) };
    switch (kind) {
      case 'integer':
        return { ...defined, kind, value: BigInt(first), type: { size: Number(second), signed: third === '1' } };
      case 'string':
        return { ...defined, kind, text: JSON.parse(first) as string };
      case 'function':
        return { ...defined, kind, params: first === '' ? [] : first.split(' '), body: JSON.parse(second) as string };
      case 'alias':
        return { ...defined, kind, path: first, records: second === '' ? [] : second.split(',') };
      default:
        throw new FormatError(this.what, 0, `macro ${name} is a ${kind ?? 'nothing'}`);
    }
  }
}
