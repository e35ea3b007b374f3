// The tree of a script: what was written, with spans, and nothing that had to be looked up. Passes return side tables keyed by node.
import type { Span } from '../../base/span.ts';

export interface Script {
  readonly kind: 'script';
  /** `#include`, `#define`, struct definitions …: what conditionals leave of them. */
  readonly preamble: Preamble;
  readonly config: readonly ConfigEntry[];
  readonly declarations: readonly Declaration[];
  readonly span: Span;
}

export interface ConfigEntry {
  readonly name: string;
  readonly value: string | bigint;
  readonly span: Span;
}

export type Declaration = ProbeDeclaration | MapDeclaration | MacroDeclaration;

export interface ProbeDeclaration {
  readonly kind: 'probe';
  readonly attachPoints: readonly AttachPoint[];
  readonly predicate: Expression | null;
  readonly body: BlockStatement;
  readonly span: Span;
}

/** `let @m = lruhash(4096);` */
export interface MapDeclaration {
  readonly kind: 'map declaration';
  readonly map: string;
  readonly type: string;
  readonly size: bigint;
  readonly span: Span;
}

/** `macro name($a, @m, e) { … }` */
export interface MacroDeclaration {
  readonly kind: 'macro';
  readonly name: string;
  readonly params: readonly { readonly kind: 'variable' | 'map' | 'expression'; readonly name: string; readonly span: Span }[];
  readonly body: BlockStatement;
  /** Value of the body's last expression, null when it has none. */
  readonly result: Expression | null;
  readonly span: Span;
}

/** Text of an attach point, cut at its colons; quotes are gone, positional parameters are filled in. */
export interface AttachPoint {
  /** As written, without blanks at the ends: `kprobe:tcp_sendmsg`. */
  readonly text: string;
  /** `kprobe`, `k`, `BEGIN`; lower case is up to the reader. */
  readonly provider: string;
  readonly parts: readonly { readonly text: string; readonly span: Span }[];
  /** `name=` in front of the provider. */
  readonly label?: string;
  readonly span: Span;
}

export type Statement =
  | BlockStatement
  | { readonly kind: 'expression'; readonly expression: Expression; readonly span: Span }
  /** `let $x: type = e;` */
  | { readonly kind: 'let'; readonly variable: string; readonly type: TypeName | null; readonly value: Expression | null; readonly span: Span }
  /** `$x = e`, `@m[k] = e`, `$x += e`; `op` is null for plain assignment. `_ = e` has target null. */
  | { readonly kind: 'assign'; readonly target: Variable | MapAccess | null; readonly op: BinaryOperator | null; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'if'; readonly condition: Expression; readonly then: BlockStatement; readonly otherwise: BlockStatement | null; readonly span: Span }
  | { readonly kind: 'while'; readonly condition: Expression; readonly body: BlockStatement; readonly span: Span }
  | { readonly kind: 'unroll'; readonly count: Expression; readonly body: BlockStatement; readonly span: Span }
  /** `for ($i : a..b) {}` */
  | { readonly kind: 'for range'; readonly variable: string; readonly from: Expression; readonly to: Expression; readonly body: BlockStatement; readonly span: Span }
  /** `for ($kv : @map) {}` */
  | { readonly kind: 'for map'; readonly variable: string; readonly map: MapAccess; readonly body: BlockStatement; readonly span: Span }
  | { readonly kind: 'break' | 'continue'; readonly span: Span }
  | { readonly kind: 'return'; readonly value: Expression | null; readonly span: Span };

export interface BlockStatement {
  readonly kind: 'block';
  readonly statements: readonly Statement[];
  readonly span: Span;
}

export type BinaryOperator =
  | '||' | '&&' | '|' | '^' | '&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '<<' | '>>' | '+' | '-' | '*' | '/' | '%';

export type Expression =
  | IntegerLiteral
  | StringLiteral
  | Variable
  | MapAccess
  /** A builtin without call, an enumerator, a macro constant: `pid`, `AF_INET`, `arg0`. */
  | { readonly kind: 'identifier'; readonly name: string; readonly span: Span }
  /** `$1`, `$#` that were not replaced while parsing: the value is kept as written. */
  | { readonly kind: 'positional'; readonly index: number | '#'; readonly value: string; readonly span: Span }
  | Call
  | { readonly kind: 'unary'; readonly op: '-' | '+' | '!' | '~' | '*' | '&'; readonly operand: Expression; readonly span: Span }
  | { readonly kind: 'increment'; readonly op: '++' | '--'; readonly prefix: boolean; readonly target: Variable | MapAccess; readonly span: Span }
  | { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression; readonly span: Span }
  | { readonly kind: 'ternary'; readonly condition: Expression; readonly then: Expression | null; readonly otherwise: Expression; readonly span: Span }
  /** `a.b`, `a->b`; `op` is what was written. `.0` on tuples has an index name "0". */
  | { readonly kind: 'member'; readonly object: Expression; readonly op: '.' | '->'; readonly name: string; readonly nameSpan: Span; readonly span: Span }
  | { readonly kind: 'index'; readonly object: Expression; readonly index: Expression; readonly span: Span }
  | { readonly kind: 'cast'; readonly type: TypeName; readonly operand: Expression; readonly span: Span }
  | { readonly kind: 'tuple'; readonly elements: readonly Expression[]; readonly span: Span }
  | { readonly kind: 'record'; readonly fields: readonly { readonly name: string; readonly value: Expression; readonly span: Span }[]; readonly span: Span }
  | { readonly kind: 'sizeof'; readonly of: TypeName | Expression; readonly span: Span }
  | { readonly kind: 'offsetof'; readonly of: TypeName | Expression; readonly path: readonly string[]; readonly span: Span }
  /** `{ stmts; expr }` */
  | { readonly kind: 'block expression'; readonly statements: readonly Statement[]; readonly result: Expression | null; readonly span: Span };

export interface IntegerLiteral {
  readonly kind: 'integer';
  readonly value: bigint;
  /** `u`, `l`, `ull` … as written, '' without. */
  readonly suffix: string;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  /** Escapes resolved; one character a byte (latin1). */
  readonly value: string;
  readonly span: Span;
}

export interface Variable {
  readonly kind: 'variable';
  /** With the dollar sign. */
  readonly name: string;
  readonly span: Span;
}

export interface MapAccess {
  readonly kind: 'map';
  /** With the at sign; `@` is the nameless map. */
  readonly name: string;
  /** null for a scalar access; several parts are a tuple key. */
  readonly key: readonly Expression[] | null;
  readonly span: Span;
}

export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly nameSpan: Span;
  readonly span: Span;
}

/** A type as written in a cast, sizeof, let: words and pointer stars; resolved by the semantic analysis. */
export interface TypeName {
  readonly kind: 'type name';
  readonly base: { readonly tag: 'struct' | 'union' | 'enum'; readonly name: string } | { readonly tag: null; readonly name: string };
  /** Which one of several of that name. */
  readonly choice?: TypeChoice;
  /** Applied from left to right to the base: `struct foo*[4]*` is ['*', 4, '*']. null is an array without size. */
  readonly postfix: readonly ('*' | bigint | null)[];
  readonly span: Span;
}

/** `@module` and `#2` right behind a type's name: the one of that image, the second one. */
export interface TypeChoice {
  readonly image: string | null;
  readonly variant: number | null;
}

/** The C part of a script, conditionals decided. What it means is told by a `CPart`. */
export interface Preamble {
  readonly includes: readonly { readonly name: string; readonly system: boolean; readonly span: Span }[];
  /** Object-like and function-like macros, unexpanded. */
  readonly macros: ReadonlyMap<string, CMacro>;
  /** Struct, union, enum and typedef definitions of the script's own, as written. */
  readonly definitions: readonly { readonly text: string; readonly span: Span }[];
}

export interface CMacro {
  readonly name: string;
  readonly params: readonly string[] | null;
  readonly body: string;
  readonly span: Span;
}
