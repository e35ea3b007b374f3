// Definitions as people read them: layouts in pahole's manner, everything else as C.
import { unreachable } from '../base/unreachable.ts';
import type { Definition, TypedefDefinition } from '../ctype/ctype.ts';
import { declaration, typeText } from '../ctype/print.ts';
import { typedefChain } from './json.ts';
import type { Layouts } from './layout.ts';
import { enumText, paholeText } from './pahole.ts';
import type { Hop, ResolvedPath } from './path.ts';

/** Whole lines. Where a name has several definitions, a comment in front says which one this is. */
export function definitionText(layouts: Layouts, definition: Definition): string {
  return variantLine(definition) + body(layouts, definition);
}

function variantLine({ id, image, variant, variants }: Definition): string {
  if (variants === 1) return '';
  return `/* ${variant} of ${variants} in ${image}${id === null ? '' : `, id ${id}`} */\n`;
}

function body(layouts: Layouts, definition: Definition): string {
  switch (definition.kind) {
    case 'struct':
    case 'union':
      return paholeText(layouts, definition);
    case 'enum':
      return `${enumText(definition, 0, '')};\n`;
    case 'typedef':
      return typedefChain(layouts.types, definition).map((each) => typedefText(layouts, each)).join('');
    case 'function':
      return `${declaration(definition.type, definition.name)};\n`;
    case 'variable':
      return `${declaration(definition.type, definition.name)}; /* per-CPU, ${definition.offset} bytes into the area */\n`;
    default:
      return unreachable(definition);
  }
}

function typedefText(layouts: Layouts, { type, name }: TypedefDefinition): string {
  if ('key' in type && type.name === null) {
    const anonymous = layouts.types.definition(type);
    if (anonymous?.kind === 'struct' || anonymous?.kind === 'union') return paholeText(layouts, anonymous, { typedef: name });
    if (anonymous?.kind === 'enum') return `typedef ${enumText(anonymous, 0, ` ${name}`)};\n`;
  }
  return `typedef ${declaration(type, name)};\n`;
}

/** One block a hop, its steps with offset and size as in a layout, and the end of the path in words. */
export function pathText({ hops, last }: ResolvedPath): string {
  const offsets = hops.map((hop) => hop.steps.at(-1)?.offset ?? 0).join(' -> ');
  const bits = last.bitSize === undefined ? '' : `, bits: ${last.bitSize} from bit ${last.bitOffset}`;
  const first = hops[0];
  return `${first ? variantLine(first.record) : ''}${hops.map(hopText).join('')}\n/* type: ${typeText(last.type)}, offset: ${offsets}, size: ${last.size}${bits} */\n`;
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
