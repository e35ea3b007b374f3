// Random records of C: every kind of member, bitfields, packed, aligned, pack, nests.

export interface RandomRecord {
  /** Declarations that belong together, `#pragma` lines among them. */
  readonly text: string;
  /** `struct s12` */
  readonly name: string;
  /** Paths of ordinary members, and of bitfields. */
  readonly members: readonly string[];
  readonly bitfields: readonly string[];
}

/** Reproducible numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 … below-1 */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }
}

/** Typedefs and enums that the records are made of, for every ABI. */
export const foundation = `
typedef int aligned1 __attribute__((aligned(1)));
typedef int aligned2 __attribute__((aligned(2)));
typedef long long aligned8 __attribute__((aligned(8)));
typedef long long aligned4 __attribute__((aligned(4)));
typedef char aligned16 __attribute__((aligned(16)));
typedef int vector __attribute__((vector_size(16)));
typedef short small_vector __attribute__((vector_size(8)));
enum plain { PLAIN, PLAIN_MOST = 7 };
enum negative { NEGATIVE = -1, NEGATIVE_MOST = 3 };
enum wide { WIDE = 0x123456789aLL };
enum small { SMALL, SMALL_MOST = 3 } __attribute__((packed));
`;

const bitTypes = [
  ['char', 8], ['unsigned char', 8], ['signed char', 8], ['short', 16], ['unsigned short', 16], ['int', 32], ['unsigned', 32], ['int', 32], ['long long', 64], ['unsigned long long', 64], ['_Bool', 1],
  ['enum plain', 32], ['enum negative', 32], ['enum small', 8], ['enum wide', 64], ['aligned1', 32], ['aligned2', 32], ['aligned4', 64], ['aligned8', 64], ['aligned16', 8], ['unsigned long', 32],
] as const;

const types = [
  'char', 'unsigned char', 'short', 'int', 'unsigned', 'long', 'long long', 'unsigned long long', '_Bool', 'float', 'double', 'long double', 'void *', 'enum plain', 'enum wide', 'enum small',
  'aligned1', 'aligned2', 'aligned4', 'aligned8', 'aligned16', 'vector', 'small_vector', '_Atomic long long', '_Atomic int', '_Complex double',
] as const;

/** Their arrays are no C: elements would be aligned to more than their size. */
const overaligned: ReadonlySet<string> = new Set(['aligned16']);

/** Records that may hold those before them. */
export class RecordGenerator {
  #made = 0;
  #members = 0;
  /** What later ones may hold, those that arrays may hold first. */
  readonly #known: string[] = [];

  constructor(readonly random: Random) {}

  next(): RandomRecord {
    const { random } = this;
    const tag = random.chance(80) ? 'struct' : 'union';
    const name = `${tag} s${this.#made++}`;
    const members: string[] = [];
    const bitfields: string[] = [];
    const body = this.#body('', members, bitfields, 0);
    const before = random.chance(10) ? `${this.#recordAttribute()} ` : '';
    const behind = random.chance(25) ? ` ${this.#recordAttribute()}` : '';
    const tail = tag === 'struct' && members.length > 0 && random.chance(5) ? ` ${random.pick(['char', 'int', 'long long', 'double'])} tail[${random.pick(['', '0'])}];` : '';
    const text = `${tag} ${before}${name.slice(tag.length + 1)} {${body}${tail} }${behind};\n`;
    const packed = random.chance(12);
    if (tail === '') this.#known.push(name);
    return { text: packed ? `#pragma pack(push, ${random.pick([1, 2, 4, 8, 16])})\n${text}#pragma pack(pop)\n` : text, name, members, bitfields };
  }

  #recordAttribute(): string {
    const { random } = this;
    return random.pick(['__attribute__((packed))', '__attribute__((packed))', `__attribute__((aligned(${random.pick([1, 2, 4, 8, 16, 32])})))`, '__attribute__((packed, aligned(4)))', '__attribute__((aligned))']);
  }

  #body(path: string, members: string[], bitfields: string[], depth: number): string {
    const count = this.random.below(depth === 0 ? 8 : 4);
    let text = '';
    for (let at = 0; at < count; at++) text += ` ${this.#member(path, members, bitfields, depth)}`;
    return text;
  }

  #member(path: string, members: string[], bitfields: string[], depth: number): string {
    const { random } = this;
    const name = `m${this.#members++}`;
    if (random.chance(45)) return this.#bitfield(path, name, bitfields);
    if (depth < 3 && random.chance(15)) return this.#nested(path, name, members, bitfields, depth);
    members.push(`${path}${name}`);
    const attribute = this.#attribute();
    if (this.#known.length > 0 && random.chance(15)) return `${this.#known[random.below(this.#known.length)] ?? ''} ${name}${attribute};`;
    if (random.chance(5)) return `int (*${name}${random.chance(50) ? '[3]' : ''})(void)${attribute};`;
    const type = random.pick(types);
    const dimension = !overaligned.has(type) && random.chance(20) ? `[${random.below(4)}]${random.chance(30) ? '[2]' : ''}` : '';
    return random.chance(10) ? `${attribute} ${type} ${name}${dimension};` : `${type} ${name}${dimension}${attribute};`;
  }

  #attribute(): string {
    const { random } = this;
    if (!random.chance(25)) return '';
    return ` ${random.pick(['__attribute__((packed))', '__attribute__((aligned(2)))', '__attribute__((aligned(8)))', '__attribute__((aligned(16)))', '__attribute__((packed, aligned(2)))', '__attribute__((aligned(1)))'])}`;
  }

  #bitfield(path: string, name: string, bitfields: string[]): string {
    const { random } = this;
    const [type, most] = random.pick(bitTypes);
    if (random.chance(15)) return `${type} : ${random.chance(50) ? 0 : 1 + random.below(most)};`;
    bitfields.push(`${path}${name}`);
    const width = random.chance(15) ? most : 1 + random.below(most);
    return `${type} ${name} : ${width}${this.#attribute()};`;
  }

  #nested(path: string, name: string, members: string[], bitfields: string[], depth: number): string {
    const { random } = this;
    const named = random.chance(40);
    const attribute = random.chance(25) ? ` ${this.#recordAttribute()}` : '';
    const body = this.#body(named ? `${path}${name}.` : path, members, bitfields, depth + 1);
    if (named) members.push(`${path}${name}`);
    return `${random.pick(['struct', 'union'])} {${body} }${attribute}${named ? ` ${name}` : ''}${random.chance(15) ? ' __attribute__((packed))' : ''};`;
  }
}
