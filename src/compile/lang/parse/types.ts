// Type names in casts, sizeof, offsetof and let: `uint8`, `struct sock *`, `int8[8]`, `unsigned long`.
import type { TypeChoice, TypeName } from '../ast.ts';
import type { Token } from '../token.ts';
import type { Cursor } from './cursor.ts';

/** Reads a type name, or complains. */
export function parseTypeName(cursor: Cursor): TypeName {
  const start = cursor.peek();
  if (start.kind !== 'identifier') cursor.fail('expected type name');
  skipQualifiers(cursor);
  const plain = isBaseWord(cursor.peek().text);
  const base = parseBase(cursor);
  const choice = plain ? undefined : parseChoice(cursor);
  const postfix: ('*' | bigint | null)[] = [];
  for (;;) {
    skipQualifiers(cursor);
    if (cursor.accept('*')) postfix.push('*');
    else if (cursor.accept('[')) {
      postfix.push(cursor.peek().kind === 'integer' ? cursor.next().value : null);
      cursor.expect(']');
    } else break;
  }
  return { kind: 'type name', base, ...(choice === undefined ? {} : { choice }), postfix, span: cursor.since(start) };
}

/**
 * How many tokens from `from` on can be read as a type name, 0 when none: a look ahead that consumes nothing.
 * `certain` says that it can be nothing else (`struct x`, `unsigned int`).
 */
export function typeNameAhead(cursor: Cursor, from: number): { length: number; certain: boolean } {
  let at = from;
  const word = (): Token | undefined => {
    const token = cursor.peek(at);
    return token.kind === 'identifier' ? token : undefined;
  };
  const skip = (): void => {
    while (qualifiers.has(word()?.text ?? '')) at++;
  };
  skip();
  const qualified = at > from;
  const first = word();
  if (first === undefined) return { length: 0, certain: false };
  at++;
  const tag = isTag(first.text);
  if (tag) {
    if (word() === undefined) return { length: 0, certain: false };
    at++;
  }
  const words = isBaseWord(first.text);
  while (words && isBaseWord(word()?.text ?? '')) at++;
  const choice = words ? 0 : choiceAhead(cursor, at);
  at += choice;
  for (;;) {
    skip();
    if (cursor.at('*', at)) at++;
    else if (cursor.at('[', at) && cursor.at(']', at + 1)) at += 2;
    else if (cursor.at('[', at) && cursor.peek(at + 1).kind === 'integer' && cursor.at(']', at + 2)) at += 3;
    else return { length: at - from, certain: tag || qualified || words || choice > 0 };
  }
}

/** `@module`, `#2`, `@module#2` right behind a name: a blank in front, and it is a map or nothing. */
function parseChoice(cursor: Cursor): TypeChoice | undefined {
  let image: string | null = null;
  let variant: number | null = null;
  for (let left = choiceAhead(cursor, 0); left > 0; left--) {
    const token = cursor.next();
    if (token.kind === 'map') image = token.text.slice(1);
    if (token.kind === 'integer') variant = Number(token.value);
  }
  return image === null && variant === null ? undefined : { image, variant };
}

/** Tokens of a choice from `at` on, which the name ends in front of. */
function choiceAhead(cursor: Cursor, at: number): number {
  let end = at;
  let from = at === 0 ? cursor.last.end : cursor.peek(at - 1).span.end;
  const adjacent = (): Token | undefined => (cursor.peek(end).span.start === from ? cursor.peek(end) : undefined);
  const image = adjacent();
  if (image?.kind === 'map' && image.text.length > 1) {
    end++;
    from = image.span.end;
  }
  if (adjacent()?.text !== '#' || !cursor.at('#', end)) return end - at;
  const number = cursor.peek(end + 1);
  return number.kind === 'integer' && number.span.start === from + 1 && /^\d+$/.test(number.text) ? end + 2 - at : end - at;
}

function parseBase(cursor: Cursor): TypeName['base'] {
  const first = cursor.identifier('expected type name');
  if (isTag(first.text)) return { tag: first.text, name: cursor.identifier().text };
  if (!isBaseWord(first.text)) return { tag: null, name: first.text };
  const words = [first.text];
  while (isBaseWord(cursor.peek().text) && cursor.peek().kind === 'identifier') words.push(cursor.next().text);
  return { tag: null, name: canonicalBase(words) };
}

function isTag(word: string): word is 'struct' | 'union' | 'enum' {
  return word === 'struct' || word === 'union' || word === 'enum';
}

function skipQualifiers(cursor: Cursor): void {
  while (cursor.peek().kind === 'identifier' && qualifiers.has(cursor.peek().text)) cursor.next();
}

const qualifiers: ReadonlySet<string> = new Set(['const', 'volatile', 'restrict', '__restrict', '__const', '__volatile__', '__user', '__rcu', '__percpu']);

/** One of the words that C's own arithmetic types are made of. */
export function isBaseWord(word: string): boolean {
  return baseWords.has(word);
}

const baseWords: ReadonlySet<string> = new Set(['void', 'char', 'short', 'int', 'long', 'signed', '__signed__', 'unsigned', 'float', 'double', '_Bool', '__int128']);

/** C's words for an arithmetic type → its name in debug information: `unsigned long` is `long unsigned int`. */
export function canonicalBase(words: readonly string[]): string {
  const count = (word: string): number => words.filter((each) => each === word).length;
  const unsigned = count('unsigned') > 0;
  const signed = count('signed') + count('__signed__') > 0;
  const sign = unsigned ? 'unsigned ' : '';
  for (const single of ['void', 'float', '_Bool']) if (count(single) > 0) return single;
  if (count('double') > 0) return count('long') > 0 ? 'long double' : 'double';
  if (count('__int128') > 0) return `__int128${unsigned ? ' unsigned' : ''}`;
  if (count('char') > 0) return unsigned ? 'unsigned char' : signed ? 'signed char' : 'char';
  if (count('short') > 0) return unsigned ? 'short unsigned int' : 'short int';
  if (count('long') > 1) return `long long ${sign}int`;
  if (count('long') === 1) return `long ${sign}int`;
  return `${sign}int`;
}
