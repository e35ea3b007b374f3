// Declarations read from text, and pictures of them: `struct a { int x @0; unsigned int y:3 @32; } 8`.
import type { CType, Definition } from '../../src/ctype/ctype.ts';
import { declarationWith, leafText } from '../../src/ctype/print.ts';
import { abis, type AbiName } from '../../src/source/headers/abi/abi.ts';
import { readDeclarations, type Declarations, type DeclarationOptions } from '../../src/source/headers/c/declarations.ts';
import { CTokens } from './ctokens.ts';

export function declarationsOf(text: string, abi: AbiName = 'x86_64', options: Partial<DeclarationOptions> = {}): Declarations {
  return readDeclarations(new CTokens(text), { abi: abis[abi], unsignedChar: false, shortWchar: false, msExtensions: false, ...options });
}

/** Definitions that can be named, one line each; anonymous ones stand where they are used. Problems follow. */
export function picture(read: Declarations): string[] {
  const lines = Array.from({ length: read.list.length }, (_, index) => read.list.at(index).definition).filter(({ name }) => name !== null).map((each) => definitionText(read, each));
  const variables = [...read.list.variables()].map(({ name, type }) => `${text(read, read.list.type(type), name)}`);
  return [...lines, ...variables, ...read.problems.map(({ place, message }) => `${place.line}: ${message}`)];
}

function definitionText(read: Declarations, definition: Definition): string {
  switch (definition.kind) {
    case 'struct':
    case 'union':
    case 'enum':
      return `${definition.kind} ${definition.name ?? ''} ${body(read, definition)} ${definition.size}`;
    case 'typedef':
      return `typedef ${text(read, definition.type, definition.name)}`;
    case 'function':
    case 'variable':
      return text(read, definition.type, definition.name);
  }
}

function text(read: Declarations, type: CType, name: string): string {
  return declarationWith(type, name, (leaf) => {
    if (!('key' in leaf) || leaf.name !== null || typeof leaf.key !== 'number') return leafText(leaf);
    const { definition } = read.list.at(leaf.key);
    return definition.kind === 'struct' || definition.kind === 'union' || definition.kind === 'enum' ? `${definition.kind} ${body(read, definition)} ${definition.size}` : leafText(leaf);
  });
}

function body(read: Declarations, definition: Extract<Definition, { kind: 'struct' | 'union' | 'enum' }>): string {
  if (definition.kind === 'enum') return `{ ${definition.values.map(({ name, value }) => `${name} = ${value}`).join(', ')} }`;
  if (definition.members.length === 0) return '{ }';
  const members = definition.members.map(({ name, type, bitOffset, bitSize }) => `${text(read, type, name ?? '')}${bitSize === null ? '' : `:${bitSize}`} @${bitOffset}; `);
  return `{ ${members.join('')}}`;
}
