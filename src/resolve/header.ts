// Definitions as a C header that compiles and lays out every record as the kernel has it: in order of need, with forward declarations,
// names that clash made different (`workspace___2`), anonymous types in place. As `bpftool btf dump format c` makes vmlinux.h.
import { unreachable } from '../base/unreachable.ts';
import type { CType, Definition, EnumDefinition, FunctionDefinition, RecordDefinition, Ref } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import { declarationWith, leafText, type Leaf } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import { Shapes, type Pad } from './headershape.ts';

export interface HeaderOptions {
  /** Name of the include guard: `__VMLINUX_H__`; without one there is none. */
  readonly guard?: string | undefined;
  /** Functions that BPF programs may call, declared at the end. */
  readonly kfuncs?: readonly FunctionDefinition[] | undefined;
}

/** The definitions and all that they need, as the text of a header. Functions and variables become declarations. */
export function headerOf(types: Types, definitions: Iterable<Definition>, { guard, kfuncs = [] }: HeaderOptions = {}): string {
  const header = new Header(types);
  for (const definition of definitions) header.add(definition);
  const body = header.text();
  const functions = kfuncs.length === 0 ? '' : new KernelFunctions(header, kfuncs).text();
  const begin = guard === undefined ? '' : `#ifndef ${guard}\n#define ${guard}\n\n`;
  return `${begin}${accessBegin}${body}${functions}${accessEnd}${guard === undefined ? '' : `\n#endif /* ${guard} */\n`}`;
}

/** Clang records accesses to members so that a loader can adapt them to another kernel. */
const accessBegin = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

`;
const accessEnd = `#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif
`;

class Header {
  readonly #chunks: string[] = [];
  readonly #shapes: Shapes;
  /** Definitions that stand in the text, or are being put there. */
  readonly #written = new Set<string>();
  /** Tags that are declared or defined before what is written next. */
  readonly #declared = new Set<string>();
  /** What is being put there: its own tag is declared with it. */
  #current = '';
  /** Tags are one name space, typedefs and enumerators with functions and variables another. */
  readonly #tags = new Names();
  readonly #ordinary = new Names();

  constructor(readonly types: Types) {
    this.#shapes = new Shapes(types);
  }

  text(): string {
    return this.#chunks.join('');
  }

  /** Writes a definition, after those that it needs. Anonymous records stand where they are used; anonymous enums count for their values. */
  add(definition: Definition): void {
    if (definition.name === null && definition.kind !== 'enum') return;
    const key = keyOf(definition);
    if (this.#written.has(key)) return;
    this.#written.add(key);
    if (definition.kind === 'typedef' && isBuiltin(definition)) return;
    const outer = this.#current;
    this.#current = key;
    this.#needs(definition);
    this.#current = outer;
    this.#declared.add(key);
    const text = `${this.#definition(definition)};\n\n`;
    this.#chunks.push(isKeyword(definition) ? `#if !defined(__STDC_VERSION__) || __STDC_VERSION__ < 202311L\n${text}#endif\n\n` : text);
  }

  /** A type with a name, once all that it needs stands in front. */
  declare(type: CType, name: string): string {
    this.#type(type, false);
    return this.#declaration(type, name, 0);
  }

  #needs(definition: Definition): void {
    switch (definition.kind) {
      case 'struct':
      case 'union':
        for (const member of definition.members) {
          const embedded = member.name === null ? recordOf(this.types, member.type) : undefined;
          if (embedded === undefined) this.#type(member.type, true);
          else this.#needs(embedded);
        }
        return;
      case 'typedef':
      case 'function':
      case 'variable':
        this.#type(definition.type, false);
        return;
      case 'enum':
        return;
      default:
        unreachable(definition);
    }
  }

  /** @param whole whether its size must be known: it is embedded */
  #type(type: CType, whole: boolean): void {
    switch (type.kind) {
      case 'ptr':
        this.#type(type.to, false);
        return;
      case 'array':
        this.#type(type.of, true);
        return;
      case 'function':
        this.#type(type.returns, false);
        for (const param of type.params) this.#type(param.type, false);
        return;
      case 'struct':
      case 'union':
        this.#record(type, whole);
        return;
      case 'enum':
      case 'typedef':
        this.#named(type, whole);
        return;
      default:
        if ('of' in type) this.#type(type.of, whole);
    }
  }

  #record(leaf: Ref, whole: boolean): void {
    const definition = this.types.definition(leaf);
    if (definition?.kind !== 'struct' && definition?.kind !== 'union') this.#forward(leaf.kind, leaf.name, `${leaf.kind} ${leaf.name ?? ''}`);
    else if (leaf.name === null) this.#needs(definition);
    else if (whole) this.add(definition);
    else this.#forward(leaf.kind, leaf.name, keyOf(definition));
  }

  #named(leaf: Ref, whole: boolean): void {
    const definition = this.types.definition(leaf);
    if (definition === undefined || (leaf.name === null && definition.kind === 'enum')) return;
    this.add(definition);
    if (whole && definition.kind === 'typedef') this.#type(definition.type, true);
  }

  #forward(kind: string, name: string | null, key: string): void {
    if (key === this.#current || this.#declared.has(key)) return;
    this.#declared.add(key);
    this.#chunks.push(`${kind} ${this.#tags.of(name ?? '', key)};\n\n`);
  }

  #definition(definition: Definition): string {
    switch (definition.kind) {
      case 'struct':
      case 'union':
        return this.#body(definition, 0);
      case 'enum':
        return this.#enum(definition, 0);
      case 'typedef':
        return `typedef ${this.#declaration(definition.type, this.#ordinary.of(definition.name, keyOf(definition)), 0)}`;
      case 'function':
      case 'variable':
        return `extern ${this.#declaration(definition.type, this.#ordinary.of(definition.name, keyOf(definition)), 0)}`;
      default:
        return unreachable(definition);
    }
  }

  #body(record: RecordDefinition, level: number, name = record.name): string {
    const { packed, pads } = this.#shapes.of(record);
    const { members } = record;
    const lines: string[] = [];
    for (const [index, member] of members.entries()) {
      if (record.kind === 'struct') lines.push(...(pads[index] ?? []).map(padText));
      const bits = member.bitSize === null ? '' : `: ${member.bitSize}`;
      // Only -fms-extensions knows nameless members of a tagged type: they are written out.
      const embedded = member.name === null && member.bitSize === null ? recordOf(this.types, member.type) : undefined;
      lines.push(embedded === undefined ? `${this.#declaration(member.type, member.name ?? '', level + 1)}${bits};` : `${this.#body(embedded, level + 1, null)};`);
    }
    if (record.kind === 'struct') lines.push(...(pads[members.length] ?? []).map(padText));
    else if (pads.length > 0) lines.push(`struct { ${(pads[0] ?? []).map(padText).join(' ')} };`);
    const head = name === null ? record.kind : `${record.kind} ${this.#tags.of(name, keyOf(record))}`;
    const body = lines.map((line) => `${tabs(level + 1)}${line}\n`).join('');
    return `${head} {\n${body}${tabs(level)}}${packed ? ' __attribute__((packed))' : ''}`;
  }

  #enum(definition: EnumDefinition, level: number): string {
    const head = definition.name === null ? 'enum' : `enum ${this.#tags.of(definition.name, keyOf(definition))}`;
    if (definition.values.length === 0) return head;
    const suffix = definition.size === 8 ? (definition.signed ? 'LL' : 'ULL') : '';
    const values = definition.values.map((each) => `${tabs(level + 1)}${this.#ordinary.next(each.name)} = ${enumValue(each.value)}${suffix},\n`);
    const mode = { 1: 'byte', 2: 'HI', 8: 'DI' }[definition.size];
    return `${head} {\n${values.join('')}${tabs(level)}}${mode === undefined ? '' : ` __attribute__((mode(${mode})))`}`;
  }

  #declaration(type: CType, name: string, level: number): string {
    return declarationWith(type, name, (leaf) => this.#leaf(leaf, level));
  }

  #leaf(leaf: Leaf, level: number): string {
    if (!('key' in leaf)) return leafText(leaf);
    const definition = this.types.definition(leaf);
    if (leaf.name === null) {
      if (definition?.kind === 'struct' || definition?.kind === 'union') return this.#body(definition, level);
      if (definition?.kind !== 'enum') return leafText(leaf);
      this.#written.add(keyOf(definition));
      return this.#enum(definition, level);
    }
    if (leaf.kind === 'typedef') return definition === undefined || isBuiltin(definition) ? leaf.name : this.#ordinary.of(leaf.name, keyOf(definition));
    return `${leaf.kind} ${this.#tags.of(leaf.name, definition === undefined ? `${leaf.kind} ${leaf.name}` : keyOf(definition))}`;
  }
}

/** The first that asks for a name gets it, others get `name___2`, `name___3`. */
class Names {
  readonly #counts = new Map<string, number>();
  readonly #given = new Map<string, string>();

  of(name: string, key: string): string {
    const known = this.#given.get(key);
    if (known !== undefined) return known;
    const made = this.next(name);
    this.#given.set(key, made);
    return made;
  }

  next(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count === 1 ? name : `${name}___${count}`;
  }
}

class KernelFunctions {
  constructor(
    readonly header: Header,
    readonly functions: readonly FunctionDefinition[],
  ) {}

  text(): string {
    const before = this.header.text().length;
    const lines = this.functions.map((each) => `extern ${this.header.declare(each.type, each.name)} __weak __ksym;\n`);
    const needed = this.header.text().slice(before);
    return `${needed}#ifndef BPF_NO_KFUNC_PROTOTYPES
#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif

${lines.join('')}#endif

`;
  }
}

/** Definitions of one name and kind differ in their image and id; those of a script have none. */
function keyOf({ kind, name, image, id, variant }: Definition): string {
  return `${kind} ${name ?? ''} ${image} ${id ?? `#${variant}`}`;
}

/** `typedef struct __va_list_tag __builtin_va_list[1]` and its like: the compiler has them. */
function isBuiltin(definition: Definition): boolean {
  return definition.kind === 'typedef' && definition.name.startsWith('__builtin_');
}

/** What is a keyword since C23. */
function isKeyword(definition: Definition): boolean {
  if (definition.kind === 'typedef') return keywords.has(definition.name);
  return definition.kind === 'enum' && definition.values.some((each) => keywords.has(each.name));
}

const keywords = new Set(['bool', 'true', 'false', 'nullptr', 'constexpr', 'thread_local', 'static_assert', 'alignas', 'alignof', 'typeof', 'typeof_unqual']);

/** The least 32-bit and 64-bit numbers have no literal of their own. */
function enumValue(value: bigint): string {
  return value === -(2n ** 63n) ? '(-9223372036854775807LL - 1)' : String(value);
}

function padText({ type, bits }: Pad): string {
  return `${type}: ${bits};`;
}

function tabs(count: number): string {
  return '\t'.repeat(count);
}
