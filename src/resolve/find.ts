// Searches over all types of a kernel: members by name and type, structs by size, holes and what they contain, functions by prototype.
import { UsageError } from '../base/errors.ts';
import { globMatcher } from '../base/glob.ts';
import type { CType, FunctionType, RecordDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { sizeOf, type Types } from '../ctype/types.ts';
import type { DefinitionRow, Ids, MemberRow, Search } from '../index/search.ts';
import { Containers, Contents, type Containment } from './contains.ts';
import { leavesOf, parseTypePattern, pointersTo, typesOfPattern } from './findtypes.ts';
import { holesOf, structsWithHoles, type Hole } from './holes.ts';
import { Layouts } from './layout.ts';
import { Owners } from './owners.ts';

/** Conditions, all of which must hold. Those on functions go with each other and with the name only. */
export interface FindQuestion {
  /** Glob: name of the struct, union or typedef, or of the function. */
  readonly name?: string | undefined;
  /** Glob: name of a member. */
  readonly member?: string | undefined;
  /** Type of a member: `struct list_head`, `u32`, `struct sk_*`. Qualifiers and dimensions do not count. */
  readonly type?: string | undefined;
  /** Type that a member points to, typedefs followed. */
  readonly pointsTo?: string | undefined;
  /** Bytes of the struct, both ends included. */
  readonly size?: { readonly from: number; readonly to: number } | undefined;
  /** Type that is in the struct, directly or nested. */
  readonly contains?: string | undefined;
  /** Bytes that a hole in the struct has at least. */
  readonly holes?: number | undefined;
  /** Types of a parameter, and of what is returned. */
  readonly arg?: string | undefined;
  readonly returns?: string | undefined;
}

interface Origin {
  readonly image: string;
  readonly id: number;
  /** How many images have this very definition. */
  readonly images: number;
}

export interface FoundMember extends Origin {
  readonly what: 'member';
  /** `struct sock`, `atomic_t`. */
  readonly of: string;
  readonly path: string;
  readonly type: CType;
  /** Bytes from the start of the record. */
  readonly offset: number;
  readonly size: number;
  readonly bitOffset?: number;
  readonly bitSize?: number;
}

export interface FoundRecord extends Origin {
  readonly what: 'struct' | 'union';
  readonly name: string;
  /** `struct sock`, `atomic_t`. */
  readonly label: string;
  readonly size: number;
  /** The nearest member of the type that it contains, and how many there are. */
  readonly contains?: { readonly path: string; readonly offset: number; readonly places: number };
  readonly holes?: readonly Hole[];
}

export interface FoundFunction extends Origin {
  readonly what: 'function';
  readonly name: string;
  readonly type: FunctionType;
  /** Parameters of the type that was asked for, counted from 0. */
  readonly args: readonly number[];
}

export type Found = FoundMember | FoundRecord | FoundFunction;

/** What the search reads from: the kernel's rows, and its types as vmlinux (null) or a module sees them. */
export interface FindSource {
  readonly search: Search;
  readonly types: (image: string | null) => Types;
}

/** Sorted by name, then by place. Throws UsageError for conditions that do not go together and for types that are not there. */
export function find(source: FindSource, question: FindQuestion): readonly Found[] {
  const { arg, returns, member, type, pointsTo, size, contains: inner, holes, name } = question;
  const ofFunctions = arg !== undefined || returns !== undefined;
  const ofMembers = member !== undefined || type !== undefined || pointsTo !== undefined;
  const ofRecords = size !== undefined || inner !== undefined || holes !== undefined;
  if (ofFunctions && (ofMembers || ofRecords)) throw new UsageError('--arg and --returns are about functions, they go with a name only');
  if (!ofFunctions && !ofMembers && !ofRecords && name === undefined) throw new UsageError('nothing to look for', 'a name or one of --member, --type, --points-to, --size, --contains, --holes, --arg, --returns');
  if (ofFunctions) return new Functions(source).find(question);
  const records = ofRecords || name !== undefined ? new Records(source).find(question) : undefined;
  return ofMembers ? new Members(source).find(question, records) : inOrder([...(records?.values() ?? [])]);
}

/** By definition: of a typedef, where the record has no name. */
type RecordsFound = ReadonlyMap<number, FoundRecord>;

class Records {
  readonly #layouts = new Map<Types, Layouts>();
  readonly #contents = new Map<Types, Contents>();

  constructor(readonly source: FindSource) {}

  find(question: FindQuestion): RecordsFound {
    const { search, types } = this.source;
    const holes = question.holes === undefined ? undefined : structsWithHoles(search.sizes(types(null).pointerSize), question.holes);
    let found = question.contains === undefined ? this.#named(question, holes?.keys()) : this.#containing(question.contains, question);
    if (holes !== undefined) found = this.#withHoles(found, holes, question.holes ?? 1);
    return new Map([...found].map(([row, record]) => [row.definition, record]));
  }

  /** @param only definitions among which to look */
  #named({ name = '*', size = anySize }: FindQuestion, only: Iterable<number> | undefined): Map<DefinitionRow, FoundRecord> {
    const { search } = this.source;
    const matches = globMatcher(name);
    const rows = only === undefined ? search.records(name, size.from, size.to) : search.definitions([...only]).filter((row) => matches(row.name ?? '') && row.size >= size.from && row.size <= size.to);
    return new Map(rows.map((row) => [row, plain(row)]));
  }

  #containing(text: string, { name = '*', size = anySize }: FindQuestion): Map<DefinitionRow, FoundRecord> {
    const { search, types } = this.source;
    const targets = leavesOf(search, types(null), text);
    const holding = search.holding(targets);
    const containers = new Containers(holding, targets);
    const matches = globMatcher(name);
    const found = new Map<DefinitionRow, FoundRecord>();
    for (const { record, row } of search.bearers(holding)) {
      if (record.size < size.from || record.size > size.to || !matches(row.name ?? '')) continue;
      const place = containers.uncertain(record) ? this.#exactly(row, text) : containers.of(record);
      if (place !== undefined) found.set(row, { ...plain(row, record), contains: { path: place.path, offset: Math.floor(place.bitOffset / 8), places: place.places } });
    }
    return found;
  }

  #exactly(row: DefinitionRow, text: string): Containment | undefined {
    const types = this.source.types(row.image);
    const record = definitionOf(types, row);
    let contents = this.#contents.get(types);
    if (contents === undefined) {
      const { kinds, glob } = parseTypePattern(text);
      const matches = globMatcher(glob);
      contents = new Contents(types, (type) => 'key' in type && type.name !== null && kinds.includes(type.kind) && matches(type.name));
      this.#contents.set(types, contents);
    }
    return record && contents.of(record);
  }

  #withHoles(found: ReadonlyMap<DefinitionRow, FoundRecord>, all: ReturnType<typeof structsWithHoles>, least: number): Map<DefinitionRow, FoundRecord> {
    const kept = new Map<DefinitionRow, FoundRecord>();
    for (const [row, record] of found) {
      if (row.kind === 'union' || (row.kind === 'struct' && !all.has(row.definition))) continue;
      const holes = (all.get(row.definition) ?? this.#holesOf(row)).filter((hole) => hole.size >= least);
      if (holes.length > 0) kept.set(row, { ...record, holes });
    }
    return kept;
  }

  #holesOf(row: DefinitionRow): readonly Hole[] {
    const types = this.source.types(row.image);
    const definition = definitionOf(types, row);
    if (definition === undefined) return [];
    const layouts = this.#layouts.get(types) ?? new Layouts(types);
    this.#layouts.set(types, layouts);
    return holesOf(layouts, definition);
  }
}

const anySize = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** @param record what a typedef names */
function plain(row: DefinitionRow, record: Pick<DefinitionRow, 'kind' | 'size'> = row): FoundRecord {
  const { name, image, id, images } = row;
  return { what: record.kind === 'union' ? 'union' : 'struct', name: name ?? '', label: labelOf(row), size: record.size, image, id, images };
}

function labelOf({ kind, name }: DefinitionRow): string {
  return kind === 'typedef' ? (name ?? '') : `${kind} ${name ?? ''}`;
}

function definitionOf(types: Types, { kind, name, id }: DefinitionRow): RecordDefinition | undefined {
  if (kind === 'function') return undefined;
  const definition = types.find(kind, name ?? '').find((each) => each.id === id);
  return definition?.kind === 'typedef' ? recordOf(types, definition.type) : definition;
}

class Members {
  readonly #owners: Owners;

  constructor(readonly source: FindSource) {
    this.#owners = new Owners(source.search);
  }

  find({ member, type, pointsTo }: FindQuestion, records: RecordsFound | undefined): readonly FoundMember[] {
    const { search, types } = this.source;
    const wanted: Ids[] = [];
    if (type !== undefined) wanted.push(typesOfPattern(search, types(null), type, true));
    if (pointsTo !== undefined) wanted.push(pointersTo(search, types(null), pointsTo));
    const rows = search.members({ types: wanted.length === 0 ? undefined : wanted.reduce(intersection), glob: member });
    this.#owners.read(rows.map(({ record }) => record));
    const found = rows.flatMap((row) => this.#places(row, records));
    return found.sort((a, b) => compare(nameOf(a), nameOf(b)) || compare(a.of, b.of) || compare(a.image, b.image) || a.id - b.id || a.offset - b.offset || (a.bitOffset ?? 0) - (b.bitOffset ?? 0));
  }

  #places(member: MemberRow, records: RecordsFound | undefined): readonly FoundMember[] {
    const record = this.#owners.row(member.record);
    if (record === undefined) return [];
    const { search, types } = this.source;
    const type = search.type(member.type, record, member.position);
    const size = sizeOf(types(null), type);
    return this.#owners.of(member.record).filter(({ row }) => records === undefined || records.has(row.definition)).map(({ row, prefix, bitOffset }) => {
      const at = bitOffset + member.bitOffset;
      const bits = member.bitSize === null ? {} : { bitOffset: at, bitSize: member.bitSize };
      return { what: 'member', of: labelOf(row), path: prefix + (member.name ?? ''), type, offset: Math.floor(at / 8), size, ...bits, image: row.image, id: row.id, images: row.images };
    });
  }
}

function nameOf({ of }: FoundMember): string {
  return of.slice(of.indexOf(' ') + 1);
}

class Functions {
  constructor(readonly source: FindSource) {}

  find({ name = '*', arg, returns }: FindQuestion): readonly FoundFunction[] {
    const { search, types } = this.source;
    const params = arg === undefined ? undefined : typesOfPattern(search, types(null), arg, false);
    const returned = returns === undefined ? undefined : typesOfPattern(search, types(null), returns, false);
    const positions = params === undefined ? undefined : search.positions(params);
    const found = search.functions({ params, returns: returned, glob: name }).flatMap((row): FoundFunction[] => {
      const type = search.type(row.type, row, 0);
      if (type.kind !== 'function') return [];
      return [{ what: 'function', name: row.name ?? '', type, args: positions?.get(row.type) ?? [], image: row.image, id: row.id, images: row.images }];
    });
    return found.sort((a, b) => compare(a.name, b.name) || compare(a.image, b.image) || a.id - b.id);
  }
}

function intersection(a: Ids, b: Ids): Ids {
  const other = new Set(b);
  return a.filter((each) => other.has(each));
}

/** By name, kind, image and BTF id. Texts are sorted without calling anything for each pair. */
function inOrder(records: readonly FoundRecord[]): readonly FoundRecord[] {
  const byKey = new Map(records.map((record) => [`${record.name}\0${record.what}\0${record.image}\0${String(record.id).padStart(9, '0')}`, record]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key)).filter((record) => record !== undefined);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
