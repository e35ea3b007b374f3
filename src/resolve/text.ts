// Definitions as people read them: layouts in pahole's manner, everything else as C.
import { unreachable } from '../base/unreachable.ts';
import type { Definition, TypedefDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import { typedefChain } from './json.ts';
import type { Layouts } from './layout.ts';
import { enumText, PaholePrinter, type PaholeStyle } from './pahole.ts';
import type { Hop, ResolvedPath } from './path.ts';

export interface TextStyle extends PaholeStyle {
  /** Bytes of a cacheline. */
  readonly cacheline?: number | undefined;
}

/**
 * Whole lines. Where a name has several definitions, or the definition is a module's, a comment in front says which one this is.
 * @param placed it says so of vmlinux's, too
 */
export function definitionText(layouts: Layouts, definition: Definition, style: TextStyle = {}, placed = false): string {
  return variantLine(definition, placed) + new DefinitionPrinter(layouts, style).text(definition);
}

function variantLine({ id, image, variant, variants }: Definition, placed: boolean): string {
  if (variants === 1) return image === 'vmlinux' && !placed ? '' : `/* in ${image}${id === null ? '' : `, id ${id}`} */\n`;
  return `/* ${variant} of ${variants} in ${image}${id === null ? '' : `, id ${id}`} */\n`;
}

/** Prints many definitions in one style. */
export class DefinitionPrinter {
  readonly #layouts: Layouts;
  readonly #records: PaholePrinter;
  readonly #hex: boolean;

  constructor(layouts: Layouts, style: PaholeStyle = {}) {
    this.#layouts = layouts;
    this.#records = new PaholePrinter(layouts, style);
    this.#hex = style.hex === true;
  }

  /** @param typedef name of the typedef that an anonymous record is printed for */
  text(definition: Definition, typedef?: string): string {
    switch (definition.kind) {
      case 'struct':
      case 'union':
        return this.#records.text(definition, typedef);
      case 'enum':
        // BTF has no other way to declare one.
        if (definition.values.length === 0 && definition.name !== null) return `enum ${definition.name};\n`;
        return typedef === undefined ? `${enumText(definition, 0, '', this.#hex)};\n` : `typedef ${enumText(definition, 0, ` ${typedef}`, this.#hex)};\n`;
      case 'typedef':
        return typedefChain(this.#layouts.types, definition).map((each) => this.#typedef(each)).join('');
      case 'function':
        return `${declaration(definition.type, definition.name)};\n`;
      case 'variable':
        return `${declaration(definition.type, definition.name)}; /* per-CPU, ${definition.offset} bytes into the area */\n`;
      default:
        return unreachable(definition);
    }
  }

  #typedef({ type, name }: TypedefDefinition): string {
    const anonymous = 'key' in type && type.name === null ? this.#layouts.types.definition(type) : undefined;
    if (anonymous?.kind === 'struct' || anonymous?.kind === 'union' || anonymous?.kind === 'enum') return this.text(anonymous, name);
    return `typedef ${declaration(type, name)};\n`;
  }
}

/** One block a hop, its steps with offset and size as in a layout, and the end of the path in words. */
export function pathText({ hops, last }: ResolvedPath): string {
  const offsets = hops.map((hop) => hop.steps.at(-1)?.offset ?? 0).join(' -> ');
  const bits = last.bitSize === undefined ? '' : `, bits: ${last.bitSize} from bit ${last.bitOffset}`;
  const first = hops[0];
  return `${first ? variantLine(first.record, false) : ''}${hops.map(hopText).join('')}\n/* type: ${typeText(last.type)}, offset: ${offsets}, size: ${last.size}${bits} */\n`;
}

function hopText({ record, steps }: Hop): string {
  const head = record.name === null ? record.kind : `${record.kind} ${record.name}`;
  const lines = steps.map((step) => {
    const bits = step.bitSize === undefined ? '' : `:${step.bitSize}`;
    const text = `${typeText(step.type).padEnd(26)} ${step.path}${bits};`;
    const inByte = step.bitOffset === undefined ? '' : `:${String(step.bitOffset % 8).padStart(2)}`;
    const size = String(step.size).padStart(inByte === '' ? 5 : 2);
    return `\t${text.padEnd(48)} /* ${String(step.offset).padStart(5)}${inByte} ${size} */\n`;
  });
  return `${head} {\n${lines.join('')}};\n`;
}
