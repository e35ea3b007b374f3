// A type as a person names it: `struct sock`, `sock`, `atomic_t`, `workspace#2` (the second of that name), `nf_conn@nf_conntrack` (a module's).
import { UsageError } from '../base/errors.ts';
import type { DefinitionKind, RecordDefinition, TypedefDefinition } from '../ctype/ctype.ts';
import { recordOf } from '../ctype/member.ts';
import type { Types } from '../ctype/types.ts';

export interface TypeName {
  /** Where the keyword was written. */
  readonly kind: 'struct' | 'union' | undefined;
  readonly name: string;
  /** Behind `@`. */
  readonly image: string | undefined;
  /** Behind `#`, from 1. */
  readonly variant: number | undefined;
}

/** Throws UsageError where it is no name of a type that has members. */
export function typeName(text: string): TypeName {
  const match = /^(?:(struct|union)\s+)?([A-Za-z_]\w*)(?:@([\w-]+))?(?:#(\d+))?$/.exec(text.trim());
  if (match === null) throw new UsageError(`'${text}' is no name of a struct, a union or a typedef`);
  const [, kind, name = '', image, variant] = match;
  return { kind: kind === 'struct' || kind === 'union' ? kind : undefined, name, image: image?.replaceAll('-', '_'), variant: variant === undefined ? undefined : Number(variant) };
}

/** A struct or union that a name means. */
export interface NamedRecord {
  /** `struct sock`, `atomic_t`. */
  readonly label: string;
  readonly record: RecordDefinition;
  /** What bears the name: the record, or a typedef of it. */
  readonly definition: RecordDefinition | TypedefDefinition;
}

/** Every struct and union that the name means, several where it is ambiguous. Throws UsageError, with the nearest names, when there is none. */
export function namedRecords(types: Types, { kind, name, image, variant }: TypeName): readonly NamedRecord[] {
  const found = kindsOf(kind).flatMap((each) => types.find(each, name)).filter((each) => each.kind !== 'typedef' || kind === undefined);
  const chosen = found.filter((each) => (image === undefined || each.image === image) && (variant === undefined || each.variant === variant));
  if (found.length > 0 && chosen.length === 0) {
    const there = found.map((each) => `${name}@${each.image}#${each.variant}`);
    throw new UsageError(`there is no ${name}${image === undefined ? '' : `@${image}`}${variant === undefined ? '' : `#${variant}`}`, `there are: ${there.join(', ')}`);
  }
  const records = chosen.flatMap((definition): NamedRecord[] => {
    if (definition.kind !== 'typedef') return [{ label: `${definition.kind} ${name}`, record: definition, definition }];
    const record = recordOf(types, definition.type);
    return record === undefined ? [] : [{ label: name, record, definition }];
  });
  if (records.length === 0) throw unknown(types, kind, name);
  return records;
}

/** A tag before a typedef of the same name. */
function kindsOf(kind: TypeName['kind']): readonly ('struct' | 'union' | 'typedef')[] {
  return kind === undefined ? ['struct', 'union', 'typedef'] : [kind];
}

function unknown(types: Types, kind: TypeName['kind'], name: string): UsageError {
  const others: readonly DefinitionKind[] = ['struct', 'union', 'enum', 'typedef'];
  const elsewhere = others.filter((each) => each !== kind && types.find(each, name).length > 0);
  if (kind === undefined && elsewhere.length > 0) return new UsageError(`${name} has no members`, `btfly type ${name}`);
  if (elsewhere.length > 0) return new UsageError(`${name} is no ${kind} but a ${elsewhere.join(' and a ')}`, `btfly type ${name}`);
  const near = [...new Set(kindsOf(kind).flatMap((each) => types.near(each, name, 5)))].slice(0, 5);
  return new UsageError(`no ${kind ?? 'type'} is called ${name}`, near.length === 0 ? undefined : `near it: ${near.join(', ')}`);
}

/** The words behind a line where a name has several definitions: ` /* 1 of 4 in vmlinux, id 5 *\/`. */
export function variantNote({ variant, variants, image, id }: Pick<NamedRecord['definition'], 'variant' | 'variants' | 'image' | 'id'>): string {
  return variants === 1 ? '' : ` /* ${variant} of ${variants} in ${image}${id === null ? '' : `, id ${id}`} */`;
}
