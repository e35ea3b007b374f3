// Random programs for property tests: a recipe that fast-check can shrink, and the IR that is built from it.
// A program reads 64 bytes of the map `inputs`, changes the array `table` and writes its variables to the map `results`.
import { fc } from './property.ts';
import { Builder } from '../../src/compile/ir/builder.ts';
import type { AccessSize, BinaryFn, Condition, Func, Module, ValueId } from '../../src/compile/ir/ir.ts';

export const inputSize = 64;
export const variables = 9;
export const resultSize = 8 * variables + 48;
const memorySize = 48;
/** Elements of the array `table`, 8 bytes each. */
export const tableEntries = 4;

export type Expr =
  | { readonly k: 'const'; readonly value: bigint }
  | { readonly k: 'input' | 'read' | 'memory'; readonly at: number; readonly size: AccessSize; readonly signed: boolean }
  | { readonly k: 'var'; readonly n: number }
  | { readonly k: 'binary'; readonly fn: BinaryFn; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'neg' | 'not'; readonly a: Expr }
  | { readonly k: 'extend'; readonly bits: 8 | 16 | 32; readonly signed: boolean; readonly a: Expr }
  | { readonly k: 'bswap'; readonly bits: 16 | 32 | 64; readonly a: Expr }
  | { readonly k: 'compare'; readonly condition: Condition; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'select'; readonly condition: Expr; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'pid' }
  | { readonly k: 'call'; readonly a: Expr; readonly b: Expr };

export type Stmt =
  | { readonly k: 'assign'; readonly n: number; readonly value: Expr }
  | { readonly k: 'if'; readonly condition: Condition; readonly a: Expr; readonly b: Expr; readonly then: readonly Stmt[]; readonly else: readonly Stmt[] }
  | { readonly k: 'both'; readonly a: Expr; readonly b: Expr; readonly then: readonly Stmt[] }
  | { readonly k: 'loop'; readonly times: number; readonly body: readonly Stmt[] }
  | { readonly k: 'store'; readonly at: number; readonly size: AccessSize; readonly value: Expr }
  | { readonly k: 'zero'; readonly at: number; readonly size: number }
  | { readonly k: 'copy'; readonly at: number; readonly from: number; readonly size: number }
  | { readonly k: 'add'; readonly n: number; readonly value: Expr }
  | { readonly k: 'swap'; readonly n: number; readonly m: number }
  /** A slot of its own: written, then other things happen, then it is read. */
  | { readonly k: 'local'; readonly n: number; readonly size: number; readonly value: Expr; readonly body: readonly Stmt[] }
  /** A slot that one round of a loop writes and the next one reads. */
  /** A lookup whose key is a number; the value is added to a variable, or changed. */
  | { readonly k: 'lookup'; readonly n: number; readonly key: Expr; readonly change: boolean }
  | { readonly k: 'update'; readonly n: number; readonly key: Expr; readonly value: Expr; readonly flags: number }
  /** A key of several parts, zeroed whole and filled, copied into a larger slot or a record, and read there. */
  | { readonly k: 'tuple'; readonly n: number; readonly parts: readonly { readonly at: number; readonly size: AccessSize; readonly value: Expr }[]; readonly to: 'slot' | 'record'; readonly body: readonly Stmt[] }
  | { readonly k: 'comm'; readonly n: number; readonly size: 4 | 16 }
  | { readonly k: 'carry'; readonly n: number; readonly value: Expr; readonly body: readonly Stmt[] };

const binaryFns = ['add', 'sub', 'mul', 'udiv', 'umod', 'and', 'or', 'xor', 'shl', 'lshr', 'ashr'] as const satisfies readonly BinaryFn[];
const conditions = ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge'] as const satisfies readonly Condition[];

const size = fc.constantFrom<AccessSize>(1, 2, 4, 8);
/** An aligned piece of `whole` bytes. */
const piece = (whole: number): fc.Arbitrary<{ at: number; size: AccessSize; signed: boolean }> =>
  fc.record({ slot: fc.nat(), size, signed: fc.boolean() }).map((each) => ({ at: (each.slot % (whole / each.size)) * each.size, size: each.size, signed: each.signed }));

const constant = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 7n, 8n, 10n, 63n, 64n, 255n, 1000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, -1n, -2n, -(1n << 63n), (1n << 63n) - 1n),
  fc.bigInt(-(1n << 63n), (1n << 63n) - 1n),
  fc.bigInt(-100n, 100n),
);

interface Grammar {
  expr: Expr;
  stmt: Stmt;
}

const grammar = fc.letrec<Grammar>((tie: fc.LetrecTypedTie<Grammar>) => {
  const leaf: fc.Arbitrary<Expr> = fc.oneof(
    constant.map((value): Expr => ({ k: 'const', value })),
    fc.tuple(fc.constantFrom('input' as const, 'input' as const, 'read' as const), piece(inputSize)).map(([k, rest]): Expr => ({ k, ...rest })),
    piece(memorySize).map((rest): Expr => ({ k: 'memory', ...rest })),
    fc.nat(variables - 1).map((n): Expr => ({ k: 'var', n })),
    fc.constant<Expr>({ k: 'pid' }),
  );
  const [a, b] = [tie('expr'), tie('expr')];
  const body = fc.array(tie('stmt'), { maxLength: 4 });
  return {
    expr: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ k: fc.constant('binary' as const), fn: fc.constantFrom(...binaryFns), a, b }),
      fc.record({ k: fc.constant('binary' as const), fn: fc.constantFrom(...binaryFns), a, b: constant.map((value): Expr => ({ k: 'const', value })) }),
      fc.record({ k: fc.constantFrom('neg' as const, 'not' as const), a }),
      fc.record({ k: fc.constant('extend' as const), bits: fc.constantFrom(8 as const, 16 as const, 32 as const), signed: fc.boolean(), a }),
      fc.record({ k: fc.constant('bswap' as const), bits: fc.constantFrom(16 as const, 32 as const, 64 as const), a }),
      fc.record({ k: fc.constant('compare' as const), condition: fc.constantFrom(...conditions), a, b }),
      fc.record({ k: fc.constant('select' as const), condition: tie('expr'), a, b }),
      fc.record({ k: fc.constant('call' as const), a, b }),
    ),
    stmt: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ k: fc.constant('assign' as const), n: fc.nat(variables - 1), value: a }),
      fc.record({ k: fc.constant('store' as const), slot: piece(memorySize), value: a }).map(({ k, slot, value }): Stmt => ({ k, at: slot.at, size: slot.size, value })),
      fc.record({ k: fc.constant('zero' as const), at: fc.nat(memorySize - 1), size: fc.nat(memorySize) }).map((each): Stmt => ({ ...each, size: Math.min(each.size, memorySize - each.at) })),
      fc.record({ at: fc.nat(15), from: fc.nat(15), size: fc.nat(16) }).map((each): Stmt => ({ k: 'copy', at: each.at, from: 32 + each.from, size: Math.min(each.size, 16 - each.from) })),
      fc.record({ k: fc.constant('add' as const), n: fc.nat(5), value: a }),
      fc.record({ k: fc.constant('swap' as const), n: fc.nat(variables - 1), m: fc.nat(variables - 1) }),
      fc.record({ k: fc.constant('local' as const), n: fc.nat(variables - 1), size: fc.constantFrom(8, 16, 24, 72, 200), value: a, body }),
      fc.record({ k: fc.constant('lookup' as const), n: fc.nat(variables - 1), key: a, change: fc.boolean() }),
      fc.record({ k: fc.constant('update' as const), n: fc.nat(variables - 1), key: a, value: b, flags: fc.nat(1) }),
      fc.record({
        k: fc.constant('tuple' as const), n: fc.nat(variables - 1), to: fc.constantFrom('slot' as const, 'record' as const), body: fc.array(tie('stmt'), { maxLength: 2 }),
        parts: fc.array(fc.record({ slot: piece(16), value: a }).map(({ slot, value }) => ({ at: slot.at, size: slot.size, value })), { maxLength: 3 }),
      }),
      fc.record({ k: fc.constant('comm' as const), n: fc.nat(variables - 1), size: fc.constantFrom(4 as const, 16 as const) }),
      fc.record({ k: fc.constant('carry' as const), n: fc.nat(variables - 1), value: a, body }),
      fc.record({ k: fc.constant('if' as const), condition: fc.constantFrom(...conditions), a, b, then: body, else: body }),
      fc.record({ k: fc.constant('both' as const), a, b, then: body }),
      fc.record({ k: fc.constant('loop' as const), times: fc.integer({ min: 1, max: 4 }), body }),
    ),
  };
});

export const recipes: fc.Arbitrary<readonly Stmt[]> = fc.array(grammar.stmt, { minLength: 1, maxLength: 8 });
export const expressions: fc.Arbitrary<Expr> = grammar.expr;
export const inputs: fc.Arbitrary<Uint8Array> = fc
  .array(fc.oneof(fc.constantFrom(0n, 1n, 2n, 0xffff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0x8000_0000n, 0x7fff_ffffn), fc.bigInt(0n, (1n << 64n) - 1n)), { minLength: 8, maxLength: 8 })
  .map((words) => new Uint8Array(BigUint64Array.from(words).buffer));

export function buildModule(recipe: readonly Stmt[]): Module {
  return { functions: [buildProgram(recipe), mixFunction()] };
}

function buildProgram(recipe: readonly Stmt[]): Func {
  const b = new Builder('program', ['ctx']);
  const memory = b.slot(memorySize, 'memory');
  b.zero(memory, 0, memorySize);
  for (let n = 0; n < variables; n++) b.write(`v${n}`, b.load(b.mapData('inputs', 0), (8 * n) % inputSize, 8));
  const maker = new Maker(b, memory);
  maker.all(recipe);
  const results = b.mapData('results', 0);
  for (let n = 0; n < variables; n++) b.store(results, 8 * n, 8, b.read(`v${n}`));
  b.copy(results, 8 * variables, memory, 0, memorySize);
  b.return(b.constant(0));
  return b.build();
}

/** A subprogram with a branch: a * 3 + b, or b - a. */
function mixFunction(): Func {
  const b = new Builder('mix', ['scalar', 'scalar']);
  const [first, second] = [b.param(0), b.param(1)];
  b.write('r', b.binary('add', b.binary('mul', first, b.constant(3)), second));
  b.ifElse(b.compare('ugt', first, second), 'less', () => b.write('r', b.binary('sub', second, first)));
  b.return(b.read('r'));
  return b.build();
}

class Maker {
  #loops = 0;

  constructor(
    readonly b: Builder,
    readonly memory: ValueId,
  ) {}

  all(statements: readonly Stmt[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(s: Stmt): void {
    const { b } = this;
    switch (s.k) {
      case 'assign':
        return b.write(`v${s.n}`, this.#expr(s.value));
      case 'store':
        return b.store(this.memory, s.at, s.size, this.#expr(s.value));
      case 'zero':
        return b.zero(this.memory, s.at, s.size);
      case 'copy':
        return b.copy(this.memory, s.at, this.memory, s.from, s.size);
      case 'add': {
        b.emit({ kind: 'atomicAdd', base: this.memory, offset: 8 * s.n, size: 8, value: this.#expr(s.value) }, 'none');
        return;
      }
      case 'swap': {
        const [n, m] = [b.read(`v${s.n}`), b.read(`v${s.m}`)];
        b.write(`v${s.n}`, m);
        return b.write(`v${s.m}`, n);
      }
      case 'local': {
        const slot = b.slot(s.size, 'local');
        b.zero(slot, 0, s.size);
        b.store(slot, s.size - 8, 8, this.#expr(s.value));
        this.all(s.body);
        return b.write(`v${s.n}`, b.load(slot, s.size - 8, 8));
      }
      case 'carry': {
        const slot = b.slot(8, 'carried');
        return this.#loop(3, (round) => {
          b.ifElse(b.compare('ne', round, b.constant(0)), 'later', () => b.write(`v${s.n}`, b.binary('add', b.load(slot, 0, 8), b.read(`v${s.n}`))));
          b.store(slot, 0, 8, this.#expr(s.value));
          this.all(s.body);
        });
      }
      case 'lookup':
        return b.ifPresent(this.#find(s.key), 'found', (value) => {
          if (s.change) b.store(value, 0, 8, b.binary('add', b.load(value, 0, 8), b.constant(1)));
          b.write(`v${s.n}`, b.binary('add', b.load(value, 0, 8), b.read(`v${s.n}`)));
        });
      case 'update': {
        const value = b.slot(8, 'value');
        b.store(value, 0, 8, this.#expr(s.value));
        return b.write(`v${s.n}`, b.helper('map_update_elem', [b.map('table'), this.#key(s.key), value, b.constant(s.flags)]));
      }
      case 'comm': {
        const name = b.slot(s.size, 'comm');
        b.zero(name, 0, s.size);
        b.helper('get_current_comm', [name, b.constant(s.size)]);
        return b.write(`v${s.n}`, b.load(name, s.size - 4, 4));
      }
      case 'tuple':
        return this.#tuple(s);
      case 'if':
        return b.ifElse(b.compare(s.condition, this.#expr(s.a), this.#expr(s.b)), 'if', () => this.all(s.then), () => this.all(s.else));
      case 'both':
        return this.#both(s);
      case 'loop':
        return this.#loop(s.times, () => this.all(s.body));
    }
  }

  #key(key: Expr): ValueId {
    const { b } = this;
    const slot = b.slot(4, 'key', { align: 4 });
    b.store(slot, 0, 4, b.binary('and', this.#expr(key), b.constant(2 * tableEntries - 1)));
    return slot;
  }

  #find(key: Expr): ValueId {
    const { b } = this;
    const slot = this.#key(key);
    return b.helper('map_lookup_elem', [b.map('table'), slot], 'memory?');
  }

  #tuple(s: Extract<Stmt, { k: 'tuple' }>): void {
    const { b } = this;
    const tuple = b.slot(16, 'tuple');
    b.zero(tuple, 0, 16);
    for (const { at, size: bytes, value } of s.parts) b.store(tuple, at, bytes, this.#expr(value));
    const read = (base: ValueId): void => {
      b.zero(base, 0, 8);
      b.copy(base, 8, tuple, 0, 16);
      this.all(s.body);
      b.write(`v${s.n}`, b.binary('xor', b.load(base, 8, 8), b.load(base, 16, 8)));
    };
    if (s.to === 'slot') return read(b.slot(24, 'larger'));
    b.ifPresent(b.helper('ringbuf_reserve', [b.map('ring'), b.constant(24), b.constant(0)], 'memory?'), 'record', (record) => {
      read(record);
      b.helper('ringbuf_discard', [record, b.constant(0)], 'none');
    });
  }

  /** As a front end lowers `a && b`: a variable that is 0 or 1, then a branch on it. */
  #both(s: Extract<Stmt, { k: 'both' }>): void {
    const { b } = this;
    const name = `and${this.#loops++}`;
    b.write(name, b.constant(0));
    b.ifElse(this.#expr(s.a), 'and', () => b.write(name, b.compare('ne', this.#expr(s.b), b.constant(0))));
    b.ifElse(b.read(name), 'both', () => this.all(s.then));
  }

  #loop(times: number, round: (count: ValueId) => void): void {
    const { b } = this;
    const name = `i${this.#loops++}`;
    const [header, body, after] = [b.block('loop'), b.block('loop.body'), b.block('loop.end')];
    b.write(name, b.constant(0));
    b.jump(header);
    b.enter(header);
    b.branch('ult', b.read(name), b.constant(times), body, after);
    b.seal(body);
    b.enter(body);
    round(b.read(name));
    b.write(name, b.binary('add', b.read(name), b.constant(1)));
    b.jump(header);
    b.seal(header);
    b.seal(after);
    b.enter(after);
  }

  #expr(e: Expr): ValueId {
    const { b } = this;
    switch (e.k) {
      case 'const':
        return b.constant(e.value);
      case 'input':
        return b.load(b.mapData('inputs', 0), e.at, e.size, e.signed);
      case 'read':
        return b.emit({ kind: 'probeRead', space: 'kernel', address: b.mapData('inputs', 0), offset: e.at, size: e.size, signed: e.signed });
      case 'memory':
        return b.load(this.memory, e.at, e.size, e.signed);
      case 'var':
        return b.read(`v${e.n}`);
      case 'binary':
        return b.binary(e.fn, this.#expr(e.a), this.#expr(e.b));
      case 'neg':
      case 'not':
        return b.emit({ kind: e.k, a: this.#expr(e.a) });
      case 'extend':
        return b.extend(this.#expr(e.a), e.bits, e.signed);
      case 'bswap':
        return b.emit({ kind: 'bswap', bits: e.bits, a: this.#expr(e.a) });
      case 'compare':
        return b.compare(e.condition, this.#expr(e.a), this.#expr(e.b));
      case 'select':
        return b.select(this.#expr(e.condition), this.#expr(e.a), this.#expr(e.b));
      case 'pid':
        return b.binary('lshr', b.helper('get_current_pid_tgid', []), b.constant(32));
      case 'call':
        return b.emit({ kind: 'call', name: 'mix', args: [this.#expr(e.a), this.#expr(e.b)] });
    }
  }
}

/** How many ways lead through the program at most: what the kernel's verifier may have to walk. */
export function ways(statements: readonly Stmt[]): number {
  return statements.reduce((product, statement) => product * waysThrough(statement), 1);
}

function waysThrough(s: Stmt): number {
  switch (s.k) {
    case 'assign':
    case 'store':
    case 'add':
      return forks(s.value);
    case 'zero':
    case 'copy':
    case 'swap':
      return 1;
    case 'if':
      return forks(s.a) * forks(s.b) * (ways(s.then) + ways(s.else));
    case 'both':
      return 2 * forks(s.a) * forks(s.b) * (1 + ways(s.then));
    case 'loop':
      return ways(s.body) ** s.times;
    case 'comm':
      return 1;
    case 'lookup':
      return 2 * forks(s.key);
    case 'update':
      return forks(s.key) * forks(s.value);
    case 'tuple':
      return 2 * s.parts.reduce((product, part) => product * forks(part.value), 1) * ways(s.body);
    case 'local':
      return forks(s.value) * ways(s.body);
    case 'carry':
      return (forks(s.value) * ways(s.body)) ** 3;
  }
}

function forks(e: Expr): number {
  switch (e.k) {
    case 'binary':
      return forks(e.a) * forks(e.b);
    case 'neg':
    case 'not':
    case 'extend':
    case 'bswap':
      return forks(e.a);
    case 'compare':
    case 'call':
      return 2 * forks(e.a) * forks(e.b);
    case 'select':
      return 2 * forks(e.condition) * forks(e.a) * forks(e.b);
    default:
      return 1;
  }
}
