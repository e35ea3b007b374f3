// Declarators (C11 6.7.6): from the type in front and the marks around a name to the type of the name.
import { sym } from '../symbols.ts';
import { readAttributes, retyped } from './attributes.ts';
import { forMembers, noAttributes, type Attributes, type Context, type Declared, type DeclaratorForm, type Specifiers } from './context.ts';
import { word } from './keywords.ts';
import { decayed, pointerTo, qualified, under, type Param, type Type } from './types.ts';

/** Reads a declarator, and the asm label and attributes behind it into the attributes of the specifiers. */
export function readDeclarator(context: Context, specifiers: Specifiers, form: DeclaratorForm): Declared {
  const { cursor } = context;
  const state: State = { form, name: 0, file: '', line: 0 };
  const marks: Mark[] = [];
  readMarks(context, state, marks);
  let type = specifiers.type;
  for (const mark of marks) type = applied(context, type, mark);
  if (cursor.class === word.asm) skipAsm(context);
  if (cursor.class === word.attribute) type = behind(context, type, specifiers.attributes);
  return { name: state.name, type, file: state.file, line: state.line };
}

/** Those behind a declarator belong to what it declares. */
function behind(context: Context, type: Type, into: Attributes): Type {
  Object.assign(into, forMembers(into));
  readAttributes(context, into);
  return into.mode === null && into.vectorSize === null && into.tags === null ? type : retyped(context, type, into);
}

interface State {
  readonly form: DeclaratorForm;
  name: number;
  file: string;
  line: number;
}

type Mark =
  | { readonly kind: 'pointer'; readonly qualifiers: number; readonly attributes: Attributes | null }
  | { readonly kind: 'array'; readonly count: number | null }
  | { readonly kind: 'function'; readonly params: readonly Param[]; readonly variadic: boolean };

/** Pushes the marks in the order in which they make the type: pointers, then what stands behind the name from its end, then the parentheses around it. */
function readMarks(context: Context, state: State, marks: Mark[]): void {
  const { cursor } = context;
  cursor.enter();
  for (;;) {
    // A calling convention or the like in front of the name or the star; what is packed or aligned says so behind it.
    if (cursor.class === word.attribute) readAttributes(context, noAttributes());
    if (cursor.token !== sym['*'] && cursor.token !== sym['^']) break;
    push(context, marks, readPointer(context));
  }
  let inner: Mark[] | null = null;
  if (cursor.token === sym['('] && state.form !== 'abstract' && state.form !== 'parameter') {
    inner = readNested(context, state);
  } else if (cursor.token === sym['(']) {
    cursor.next();
    if (startsNested(context)) inner = readRest(context, state);
    else readSuffixes(context, state, marks, true);
  } else if (state.form !== 'abstract' && cursor.atIdentifier()) {
    takeName(context, state);
  } else if (state.form === 'named') {
    cursor.fail(`expected a name before ${cursor.found()}`);
  }
  readSuffixes(context, state, marks, false);
  if (inner !== null) for (const mark of inner) push(context, marks, mark);
  cursor.leave();
}

/** One declarator makes no deeper types than this: what walks over types may recurse. */
const mostMarks = 256;

function push({ cursor }: Context, marks: Mark[], mark: Mark): void {
  if (marks.push(mark) > mostMarks) cursor.fail(`a declarator of more than ${mostMarks} parts`);
}

function takeName({ cursor, scope }: Context, state: State): void {
  state.name = cursor.token;
  // Of several declarations the place of the first one counts.
  if (state.form === 'named' && scope.depth === 0 && cursor.braces === 0 && scope.find(cursor.token) === undefined) {
    const place = cursor.source.place();
    state.file = place.file;
    state.line = place.line;
  }
  cursor.next();
}

function readNested(context: Context, state: State): Mark[] {
  context.cursor.next();
  return readRest(context, state);
}

function readRest(context: Context, state: State): Mark[] {
  const marks: Mark[] = [];
  readMarks(context, state, marks);
  context.cursor.expect(sym[')']);
  return marks;
}

/** Behind the parenthesis of a declarator that may have no name: another declarator, not parameters. */
function startsNested(context: Context): boolean {
  const { cursor } = context;
  if (cursor.token === sym['*'] || cursor.token === sym['^'] || cursor.token === sym['('] || cursor.token === sym['['] || cursor.class === word.attribute) return true;
  return cursor.atIdentifier() && !context.startsType();
}

function readPointer(context: Context): Mark {
  const { cursor } = context;
  cursor.next();
  let qualifiers = 0;
  let attributes: Attributes | null = null;
  for (;;) {
    const kind = cursor.class;
    if (kind === word.qualifier) {
      qualifiers |= cursor.keywords.detail(cursor.token);
      cursor.next();
    } else if (kind === word.attribute) {
      readAttributes(context, (attributes ??= noAttributes()));
    } else {
      return { kind: 'pointer', qualifiers, attributes };
    }
  }
}

/** @param opened the parenthesis of a first list of parameters was taken */
function readSuffixes(context: Context, state: State, marks: Mark[], opened: boolean): void {
  const { cursor } = context;
  const first = marks.length;
  if (opened) push(context, marks, readParameters(context));
  for (;;) {
    if (cursor.token === sym['[']) {
      push(context, marks, readArray(context, state.form));
    } else if (cursor.token === sym['(']) {
      cursor.next();
      push(context, marks, readParameters(context));
    } else {
      break;
    }
  }
  if (marks.length - first > 1) marks.push(...marks.splice(first).reverse());
}

function readArray(context: Context, form: DeclaratorForm): Mark {
  const { cursor } = context;
  cursor.next();
  while (cursor.class === word.qualifier || cursor.token === sym.static) cursor.next();
  if (cursor.accept(sym[']'])) return { kind: 'array', count: null };
  if (cursor.token === sym['*'] && form !== 'named') {
    while (cursor.token !== sym[']'] && cursor.token !== 0) cursor.next();
    cursor.expect(sym[']']);
    return { kind: 'array', count: null };
  }
  const { value } = context.assignment();
  cursor.expect(sym[']']);
  if (value === undefined) {
    if (form === 'named' && context.scope.depth === 0) return cursor.fail('the size of an array is no constant');
    return { kind: 'array', count: null };
  }
  if (value < 0n) return cursor.fail(`the size of an array is ${value}`);
  if (value > 0xffff_ffff_ffffn) return cursor.fail(`the size of an array is ${value}, which is too large`);
  return { kind: 'array', count: Number(value) };
}

/** Behind the opening parenthesis. */
function readParameters(context: Context): Mark {
  const { cursor, scope } = context;
  const params: Param[] = [];
  let variadic = false;
  scope.open();
  while (cursor.token !== sym[')']) {
    if (cursor.accept(sym['...'])) {
      variadic = true;
      break;
    }
    params.push(readParameter(context));
    if (!cursor.accept(sym[','])) break;
  }
  cursor.expect(sym[')']);
  scope.close();
  const [only] = params;
  const none = params.length === 1 && only?.name === null && only.type.kind === 'void';
  return { kind: 'function', params: none ? [] : params, variadic };
}

function readParameter(context: Context): Param {
  const specifiers = context.specifiers();
  const { name, type: declared } = context.declarator(specifiers, 'parameter');
  const type = decayed(declared);
  if (name === 0) return { name: null, type };
  context.scope.declare(name, { kind: 'object', type });
  return { name: context.cursor.symbols.text(name), type };
}

function applied(context: Context, type: Type, mark: Mark): Type {
  const { cursor } = context;
  switch (mark.kind) {
    case 'pointer':
      return pointer(context, type, mark.qualifiers, mark.attributes);
    case 'array': {
      const { kind } = under(type);
      if (kind === 'function' || kind === 'void') return cursor.fail(`an array of ${kind === 'void' ? 'void' : 'functions'}`);
      if ((context.target.sizeOf(type) ?? 0) * (mark.count ?? 0) > largestSize) return cursor.fail('an array that is too large');
      return { kind: 'array', of: type, count: mark.count };
    }
    case 'function': {
      const { kind } = under(type);
      if (kind === 'function' || kind === 'array') return cursor.fail(`a function that returns ${kind === 'array' ? 'an array' : 'a function'}`);
      return { kind: 'function', returns: type, params: mark.params, variadic: mark.variadic };
    }
  }
}

/** Bytes whose bits still are exact numbers. */
const largestSize = 2 ** 49;

function pointer(context: Context, to: Type, qualifiers: number, attributes: Attributes | null): Type {
  let type: Type = pointerTo(to);
  if (attributes === null) return qualified(type, qualifiers);
  if (attributes.align !== null) type = { kind: 'aligned', of: type, align: attributes.align };
  if (attributes.tags !== null) type = retyped(context, type, { ...noAttributes(), tags: attributes.tags });
  return qualified(type, qualifiers);
}

/** `asm("name")`, `asm volatile ("…" : …)`: up to the end of its parentheses. */
export function skipAsm({ cursor }: Context): void {
  cursor.next();
  while (cursor.class === word.qualifier || cursor.class === word.storage || cursor.token === cursor.keywords.goto) cursor.next();
  if (cursor.token !== sym['(']) return cursor.fail(`expected '(' before ${cursor.found()}`);
  cursor.skipParentheses();
}
