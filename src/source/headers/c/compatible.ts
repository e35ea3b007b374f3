// Whether two types are the same to a compiler (C11 6.2.7), and two bodies the same to a reader.
import { qualifiersOf, under, type ArrayType, type FunctionType, type RecordType, type Type } from './types.ts';

/** Compatible types, whatever qualifies the outermost ones. An enum and the integer type under it are. */
export function compatibleUnqualified(a: Type, b: Type): boolean {
  return new Comparison().outermost(a, b);
}

/** The same, qualifiers included. */
export function compatible(a: Type, b: Type): boolean {
  return new Comparison().whole(a, b);
}

/** Same members at the same places; anonymous records in them are looked into. */
export function sameRecord(a: RecordType, b: RecordType): boolean {
  return new Comparison().records(a, b);
}

/** Types that nobody writes by hand can be compared without end: then they are different. */
const mostSteps = 20_000;
const deepest = 300;

class Comparison {
  #steps = 0;
  #depth = 0;

  whole(a: Type, b: Type): boolean {
    return qualifiersOf(a) === qualifiersOf(b) && this.unqualified(a, b);
  }

  /** What qualifies the elements of an array qualifies the array. */
  outermost(one: Type, other: Type): boolean {
    let [a, b] = [under(one), under(other)];
    while (a.kind === 'array' && b.kind === 'array' && sameCount(a, b)) [a, b] = [under(a.of), under(b.of)];
    return this.unqualified(a, b);
  }

  unqualified(one: Type, other: Type): boolean {
    const [a, b] = [under(one), under(other)];
    if (a === b) return true;
    if (++this.#steps > mostSteps || this.#depth > deepest) return false;
    this.#depth++;
    const same = this.#parts(a, b);
    this.#depth--;
    return same;
  }

  #parts(a: ReturnType<typeof under>, b: ReturnType<typeof under>): boolean {
    if (a.kind === 'enum' && b.kind === 'int') return a.underlying !== null && a.underlying.name === b.name;
    if (a.kind === 'int' && b.kind === 'enum') return b.underlying !== null && b.underlying.name === a.name;
    switch (a.kind) {
      case 'void':
        return b.kind === 'void';
      case 'int':
      case 'float':
        return a.kind === b.kind && a.name === b.name;
      case 'ptr':
        return b.kind === 'ptr' && this.whole(a.to, b.to);
      case 'array':
        return b.kind === 'array' && sameCount(a, b) && this.whole(a.of, b.of);
      case 'vector':
        return b.kind === 'vector' && a.size === b.size && this.whole(a.of, b.of);
      case 'function':
        return b.kind === 'function' && this.#functions(a, b);
      default:
        return false;
    }
  }

  #functions(a: FunctionType, b: FunctionType): boolean {
    if (a.variadic !== b.variadic || a.params.length !== b.params.length || !this.whole(a.returns, b.returns)) return false;
    return a.params.every((param, at) => this.unqualified(param.type, b.params[at]?.type ?? param.type));
  }

  records(a: RecordType, b: RecordType): boolean {
    if (++this.#steps > mostSteps || this.#depth > deepest) return false;
    if (a.kind !== b.kind || a.size !== b.size || a.align !== b.align || a.fields === null || b.fields === null || a.fields.length !== b.fields.length) return false;
    const others = b.fields;
    this.#depth++;
    const same = a.fields.every((field, at) => {
      const other = others[at];
      return other !== undefined && field.name === other.name && field.bitOffset === other.bitOffset && field.bitSize === other.bitSize && this.#members(field.type, other.type);
    });
    this.#depth--;
    return same;
  }

  #members(one: Type, other: Type): boolean {
    const [a, b] = [under(one), under(other)];
    if ((a.kind === 'struct' || a.kind === 'union') && a.name === null && (b.kind === 'struct' || b.kind === 'union') && b.name === null) return a === b || this.records(a, b);
    if (a.kind === 'array' && b.kind === 'array') return a.count === b.count && this.#members(a.of, b.of);
    return this.whole(one, other);
  }
}

function sameCount(a: ArrayType, b: ArrayType): boolean {
  return a.count === null || b.count === null || a.count === b.count;
}
