// C definitions of the preamble as C text.
import { unreachable } from '../../../base/unreachable.ts';
import type { CDeclaration, CField, CTypeName } from '../ast.ts';

/** The definition, without the semicolon behind it. */
export function printDeclarationC(declaration: CDeclaration): string {
  switch (declaration.kind) {
    case 'record': {
      const head = `${declaration.tag}${declaration.name === null ? '' : ` ${declaration.name}`}`;
      const members = declaration.members.map((member) => `  ${printField(member).replaceAll('\n', '\n  ')};\n`).join('');
      return `${head} {\n${members}}${attributes(declaration)}`;
    }
    case 'enum': {
      const values = declaration.values.map(({ name, value }) => `${name} = ${value}`).join(', ');
      return `enum ${declaration.name === null ? '' : `${declaration.name} `}{ ${values} }${attributes({ ...declaration, align: null })}`;
    }
    case 'typedef':
      return `typedef ${declare(declaration.type, declaration.name)}`;
    default:
      return unreachable(declaration);
  }
}

function printField(field: CField): string {
  return `${declare(field.type, field.name ?? '')}${field.bits === null ? '' : ` : ${field.bits}`}${attributes(field)}`;
}

function attributes({ packed, align }: { readonly packed: boolean; readonly align: number | null }): string {
  return `${packed ? ' __attribute__((packed))' : ''}${align === null ? '' : ` __attribute__((aligned(${align})))`}`;
}

/** The declaration of `name`, from the inside out: `int (*name)[4]`. */
function declare(type: CTypeName, name: string): string {
  switch (type.kind) {
    case 'named':
      return spaced(`${type.tag === null ? '' : `${type.tag} `}${type.name}`, name);
    case 'inline':
      return spaced(printDeclarationC(type.declaration), name);
    case 'pointer':
      return declare(type.to, type.to.kind === 'array' || type.to.kind === 'function' ? `(*${name})` : `*${name}`);
    case 'array':
      return declare(type.of, `${name}[${type.count}]`);
    case 'function':
      return spaced('void', `${name}(void)`);
    default:
      return unreachable(type);
  }
}

function spaced(left: string, right: string): string {
  return right === '' ? left : `${left} ${right}`;
}
