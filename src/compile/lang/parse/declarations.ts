// The top level: config, map declarations, macros, probes. Attach points are read from the raw text.
import { cover, type Span } from '../../../base/span.ts';
import type { AttachPoint, ConfigEntry, Declaration, Expression, MacroDeclaration } from '../ast.ts';
import { asStatements, SyntaxFailure, type Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { readAttachPoint } from './attachpoint.ts';
import { parseBlock } from './statements.ts';

export interface TopLevel {
  readonly config: ConfigEntry[];
  readonly declarations: Declaration[];
}

/** Reads the script from where the cursor stands to its end. */
export function parseTopLevel(cursor: Cursor, into: TopLevel): void {
  for (;;) {
    const at = cursor.stream.rawPosition();
    if (at >= cursor.stream.text.length) return;
    try {
      parseDeclaration(cursor, at, into);
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      cursor.resetDepth(0);
      cursor.inPredicate = false;
      skipDeclaration(cursor);
    }
  }
}

function parseDeclaration(cursor: Cursor, at: number, into: TopLevel): void {
  keyword.lastIndex = at;
  switch (keyword.exec(cursor.stream.text)?.[0]) {
    case 'config':
      parseConfig(cursor, into);
      return;
    case 'let':
      into.declarations.push(parseMapDeclaration(cursor));
      return;
    case 'macro':
      into.declarations.push(parseMacro(cursor));
      return;
    case 'fn':
    case 'import':
      parseUnsupported(cursor);
      return;
    case ';':
      cursor.next();
      return;
    default:
      into.declarations.push(parseProbe(cursor));
  }
}

/** A colon behind the word makes it an attach point. */
const keyword = /config(?![A-Za-z0-9_:])|(?:let|macro|fn|import)(?![A-Za-z0-9_:=])|;/y;

/** To the end of the next block in braces, or of the block that is open. */
function skipDeclaration(cursor: Cursor): void {
  for (let depth = 0; cursor.peek().kind !== 'end'; ) {
    const closing = cursor.at('}');
    if (cursor.at('{')) depth++;
    else if (closing) depth--;
    cursor.next();
    if (closing && depth <= 0) return;
  }
}

function parseConfig(cursor: Cursor, into: TopLevel): void {
  const word = cursor.next();
  if (into.declarations.length > 0) cursor.complain('config must appear before probes and functions', undefined, word.span);
  else if (into.config.length > 0) cursor.complain('duplicate config block', undefined, word.span);
  cursor.expect('=');
  cursor.expect('{');
  while (!cursor.at('}') && cursor.peek().kind !== 'end') {
    if (cursor.accept(';')) continue;
    into.config.push(parseConfigEntry(cursor));
    if (!cursor.at('}')) cursor.expectSemicolon();
  }
  cursor.expect('}');
}

function parseConfigEntry(cursor: Cursor): ConfigEntry {
  const name = cursor.identifier('expected config key');
  cursor.expect('=');
  const token = cursor.peek();
  if (token.kind !== 'integer' && token.kind !== 'string' && token.kind !== 'identifier') cursor.fail('expected string, int, boolean, or ident');
  cursor.next();
  return { name: name.text, value: token.kind === 'integer' ? token.value : token.text, span: cover(name.span, token.span) };
}

function parseMapDeclaration(cursor: Cursor): Declaration {
  const start = cursor.next();
  const map = cursor.peek();
  if (map.kind !== 'map') cursor.fail('root-level let statements need to be map declarations, e.g. let @a = hash(2);');
  cursor.next();
  cursor.expect('=');
  const type = cursor.identifier('expected map type name');
  cursor.expect('(');
  const size = cursor.peek();
  if (size.kind !== 'integer') cursor.fail('expected positive integer for map declaration max entries');
  cursor.next();
  cursor.expect(')');
  const span = cursor.since(start);
  cursor.expectSemicolon();
  return { kind: 'map declaration', map: map.text, type: type.text, size: size.value, span };
}

function parseMacro(cursor: Cursor): MacroDeclaration {
  const start = cursor.next();
  const name = cursor.identifier('expected macro name');
  cursor.expect('(');
  const params: MacroDeclaration['params'][number][] = [];
  if (!cursor.at(')')) {
    do params.push(parseParameter(cursor));
    while (cursor.accept(','));
  }
  cursor.expect(')');
  const parts = parseBlock(cursor);
  const span = cursor.since(start);
  const value = parts.tail?.value ?? null;
  const body = value === null ? asStatements(parts) : asStatements({ ...parts, tail: null });
  return { kind: 'macro', name: name.text, params, body, result: value, span };
}

function parseParameter(cursor: Cursor): MacroDeclaration['params'][number] {
  const { kind, text, span } = cursor.peek();
  if (kind !== 'variable' && kind !== 'map' && kind !== 'identifier') return cursor.fail('expected macro argument ($var, @map, or identifier)');
  cursor.next();
  return { kind: kind === 'identifier' ? 'expression' : kind, name: text, span };
}

function parseProbe(cursor: Cursor): Declaration {
  const attachPoints = parseAttachPoints(cursor);
  const predicate = cursor.at('/') ? parsePredicate(cursor) : null;
  const body = asStatements(parseBlock(cursor));
  const span: Span = cover(attachPoints[0]?.span ?? body.span, body.span);
  return { kind: 'probe', attachPoints, predicate, body, span };
}

/** One or more, with commas between; a comma behind the last one is fine. */
function parseAttachPoints(cursor: Cursor): AttachPoint[] {
  const points: AttachPoint[] = [];
  const { stream, options } = cursor;
  for (;;) {
    const at = stream.rawPosition();
    const read = readAttachPoint(stream.text, at, options.positional, (span, message) => cursor.complain(message, undefined, span));
    if (read === undefined) {
      if (points.length > 0 && stream.text[at] === '{') return points;
      return cursor.fail('expected attach point');
    }
    points.push(read.point);
    stream.seek(read.end);
    const after = stream.rawPosition();
    if (stream.text[after] !== ',') return points;
    stream.seek(after + 1);
    const next = stream.text[stream.rawPosition()];
    if (next === '{' || next === '/') return points;
  }
}

function parsePredicate(cursor: Cursor): Expression {
  cursor.expect('/');
  cursor.inPredicate = true;
  const predicate = parseExpression(cursor);
  cursor.inPredicate = false;
  if (!cursor.accept('/')) cursor.fail("expected '/' to close predicate");
  return predicate;
}

function parseUnsupported(cursor: Cursor): void {
  const word = cursor.next();
  cursor.unsupported(word.span, `'${word.text}'`);
  if (word.text === 'fn') skipDeclaration(cursor);
  else while (cursor.peek().kind === 'string' || cursor.at(';')) cursor.next();
}
