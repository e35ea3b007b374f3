// Declarations of GNU C (C11 6.7, 6.9; gcc: Extensions to the C Language Family): what headers define, laid out, without the bodies of functions.
import type { Types } from '../../../ctype/types.ts';
import type { Abi } from '../abi/abi.ts';
import { sym, type Sym } from '../symbols.ts';
import type { Problem, TokenSource } from '../tokens.ts';
import { replaces } from './again.ts';
import { readAttributes } from './attributes.ts';
import { forMembers, type Context, type Declared, type DeclaratorForm, type Specifiers } from './context.ts';
import { Cursor, ParseFailure } from './cursor.ts';
import { readDeclarator, skipAsm } from './declarator.ts';
import { readAssignment, readConditional, readExpression } from './expression.ts';
import { attributeNames, storage, word, type AttributeName } from './keywords.ts';
import { DefinitionList } from './list.ts';
import { ListSource } from './listsource.ts';
import { valueOf, type Operand } from './operand.ts';
import { recover } from './recovery.ts';
import { Scope } from './scope.ts';
import { autoType, readSpecifiers, startsType } from './specifiers.ts';
import { readStatementExpression } from './statements.ts';
import { Target } from './target.ts';
import { compatible } from './compatible.ts';
import { under, type IntegerType, type Type, type TypedefType } from './types.ts';

export interface DeclarationOptions {
  readonly abi: Abi;
  /** `-funsigned-char`; the ABI's own choice when false. */
  readonly unsignedChar: boolean;
  /** `-fshort-wchar` */
  readonly shortWchar: boolean;
  /** `-fms-extensions` */
  readonly msExtensions: boolean;
  /** The text whose definitions replace those of its headers. */
  readonly own?: string | undefined;
  /** What names mean that the text does not define. */
  readonly known?: Types | undefined;
}

export type Constant =
  | { readonly kind: 'integer'; readonly value: bigint; readonly type: Pick<IntegerType, 'size' | 'signed'> }
  /** A character for each byte, escapes resolved. */
  | { readonly kind: 'string'; readonly text: string };

/** Reads everything that the source gives. No exception escapes for text that is no C: that is a problem, and reading goes on behind it. */
export function readDeclarations(source: TokenSource, options: DeclarationOptions): Declarations {
  const declarations = new Declarations(source, options);
  declarations.readAll();
  return declarations;
}

/** What was read, and the scope in which macros of the same text are evaluated. */
export class Declarations implements Context {
  readonly cursor: Cursor;
  readonly scope = new Scope();
  readonly target: Target;
  readonly list = new DefinitionList();
  readonly attributeNames: ReadonlyMap<Sym, AttributeName>;
  readonly msExtensions: boolean;
  readonly own: string | undefined;

  constructor(source: TokenSource, options: DeclarationOptions) {
    this.cursor = new Cursor(source);
    this.target = new Target(options);
    this.attributeNames = attributeNames(source.symbols);
    this.msExtensions = options.msExtensions;
    this.own = options.own;
  }

  get problems(): readonly Problem[] {
    return this.cursor.problems;
  }

  readAll(): void {
    const { cursor } = this;
    cursor.next();
    while (cursor.token !== 0) {
      cursor.reset();
      try {
        this.#external();
      } catch (error) {
        if (!(error instanceof ParseFailure)) throw error;
        cursor.complain(error.message);
        recover(cursor);
        this.scope.closeTo(0);
      }
    }
  }

  /**
   * An expression that stands alone, as the tokens of a macro do: numbers of the same table of spellings, everything in them expanded.
   * undefined for what is neither an integer constant nor a string.
   */
  evaluate(tokens: ArrayLike<Sym>): Constant | undefined {
    const { cursor, scope } = this;
    const { source } = cursor;
    const depth = scope.depth;
    cursor.source = new ListSource(tokens, source);
    cursor.reset();
    try {
      cursor.next();
      // A comma makes no constant: `0x66,0x90` is a list for the assembler.
      const operand = this.assignment();
      return cursor.token === 0 ? this.#constant(operand) : undefined;
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error;
      return undefined;
    } finally {
      cursor.source = source;
      scope.closeTo(depth);
    }
  }

  #constant(operand: Operand): Constant | undefined {
    if (operand.text !== undefined && under(operand.type).kind === 'array') return { kind: 'string', text: operand.text };
    const { type, value } = valueOf(operand);
    const integer = this.target.integer(type);
    return integer === undefined || value === undefined ? undefined : { kind: 'integer', value, type: { size: integer.size, signed: integer.signed } };
  }

  #external(): void {
    const { cursor } = this;
    switch (cursor.class) {
      case word.extension:
        cursor.next();
        return;
      case word.staticAssert:
        this.staticAssert();
        return;
      case word.asm:
        skipAsm(this);
        cursor.expect(sym[';']);
        return;
      default:
        if (!cursor.accept(sym[';'])) this.#declaration();
    }
  }

  #declaration(): void {
    const { cursor } = this;
    const specifiers = this.specifiers();
    if (cursor.accept(sym[';'])) return;
    const own = forMembers(specifiers.attributes);
    for (;;) {
      const declared = this.declarator(specifiers, 'named');
      this.#declare(specifiers, declared);
      if (cursor.token === sym['{'] && under(declared.type).kind === 'function') {
        cursor.skipBraces();
        return;
      }
      if (cursor.accept(sym['='])) this.#skipInitialiser();
      if (!cursor.accept(sym[','])) break;
      specifiers.attributes = { ...own };
      if (cursor.class === word.attribute) readAttributes(this, specifiers.attributes);
    }
    cursor.expect(sym[';']);
  }

  #skipInitialiser(): void {
    const { cursor } = this;
    while (cursor.token !== sym[';'] && cursor.token !== sym[','] && cursor.token !== 0) {
      if (cursor.token === sym['{']) cursor.skipBraces();
      else if (cursor.token === sym['('] || cursor.token === sym['[']) cursor.skipParentheses();
      else if (cursor.token === sym[')'] || cursor.token === sym['}']) cursor.fail(`expected ';' before ${cursor.found()}`);
      else cursor.next();
    }
  }

  #declare(specifiers: Specifiers, declared: Declared): void {
    const { cursor, scope, list } = this;
    const { name, type } = declared;
    // The declarator has no place for a name that was known, which only that of another thing is new again.
    const { file, line } = declared.line === 0 && scope.depth === 0 && scope.find(name)?.kind !== 'object' ? cursor.source.place() : declared;
    const text = cursor.symbols.text(name);
    if ((specifiers.storage & storage.typedef) !== 0) {
      this.#typedef(specifiers, { name, type, file, line });
      return;
    }
    scope.declare(name, { kind: 'object', type });
    if (scope.depth > 0) return;
    if (type.kind === 'function') list.addFunction(name, { name: text, type, file, line, local: (specifiers.storage & storage.static) !== 0 });
    else if (under(type).kind !== 'function') list.addVariable(name, { name: text, type, file, line });
  }

  /** Said twice in the same way it is one (C11 6.7 3). */
  #typedef({ attributes: { typeAlign: align } }: Specifiers, { name, type: of, file, line }: Declared): void {
    const { cursor, scope, list } = this;
    const type: Type = align === null ? of : { kind: 'aligned', of, align };
    const known = scope.find(name);
    const text = cursor.symbols.text(name);
    let replaced = false;
    if (known?.kind === 'typedef' && scope.depth === 0) {
      if (compatible(known.type, type) && this.target.alignOf(known.type) === this.target.alignOf(type)) return;
      replaced = replaces(this, text, known.type.index, file);
    }
    const made: TypedefType = { kind: 'typedef', name: text, type, index: list.length };
    list.add(made, file, line);
    if (known?.kind !== 'typedef' || scope.depth > 0 || replaced) scope.declare(name, { kind: 'typedef', type: made });
  }

  startsType(): boolean {
    return startsType(this);
  }

  specifiers(): Specifiers {
    return readSpecifiers(this);
  }

  declarator(specifiers: Specifiers, form: DeclaratorForm): Declared {
    return readDeclarator(this, specifiers, form);
  }

  typeName(): Type {
    const specifiers = readSpecifiers(this);
    const { type } = readDeclarator(this, specifiers, 'abstract');
    const { typeAlign: align } = specifiers.attributes;
    return align === null ? type : { kind: 'aligned', of: type, align };
  }

  conditional(): Operand {
    return valueOf(readConditional(this));
  }

  assignment(): Operand {
    return readAssignment(this);
  }

  expression(): Operand {
    return readExpression(this);
  }

  statementExpression(): Operand {
    return readStatementExpression(this);
  }

  /** What is wrong about it is a problem of its own: what stands around it goes on. */
  staticAssert(): void {
    const { cursor } = this;
    cursor.next();
    cursor.expect(sym['(']);
    const { value } = this.conditional();
    let message = '';
    if (cursor.accept(sym[','])) message = this.#message();
    if (value === undefined) cursor.complain('the condition of a static assertion is no constant');
    else if (value === 0n) cursor.complain(`static assertion failed${message === '' ? '' : `: ${message}`}`);
    cursor.expect(sym[')']);
    cursor.expect(sym[';']);
  }

  #message(): string {
    const { cursor } = this;
    if (cursor.symbols.kind(cursor.token) !== 'string') return cursor.fail(`expected a string before ${cursor.found()}`);
    return this.expression().text ?? '';
  }

  localDeclaration(): void {
    const { cursor } = this;
    if (cursor.class === word.extension) {
      cursor.next();
      return;
    }
    if (cursor.class === word.staticAssert) {
      this.staticAssert();
      return;
    }
    const specifiers = this.specifiers();
    while (cursor.token !== sym[';']) {
      this.#local(specifiers, this.declarator(specifiers, 'named'));
      if (!cursor.accept(sym[','])) break;
    }
    cursor.expect(sym[';']);
  }

  #local(specifiers: Specifiers, declared: Declared): void {
    const { cursor } = this;
    let { type } = declared;
    if (cursor.accept(sym['='])) {
      if (cursor.token === sym['{']) cursor.skipParentheses();
      else if (specifiers.type === autoType) ({ type } = valueOf(this.assignment()));
      else this.assignment();
    }
    this.#declare(specifiers, { ...declared, type });
  }
}
