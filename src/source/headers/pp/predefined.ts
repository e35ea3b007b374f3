// What the compiler defines before it reads a line, and what it answers to __has_attribute and __has_builtin.
import { table, type Version } from '../predefined/table.ts';

export interface Predefined {
  /** Lines `#define NAME text`. */
  readonly macros: string;
  /** By question (`__has_attribute`), then by name without underscores around it. */
  readonly has: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
}

const made = new Map<string, Predefined>();

/** Of the newest version that is not newer than what was asked for. Throws RangeError for an architecture that is not there. */
export function predefinedFor(arch: string, major: number, unsignedChar: boolean): Predefined {
  const versions = table[arch];
  if (versions === undefined) throw new RangeError(`no macros of gcc for ${arch}`);
  const wanted = versions.filter((each) => each.major <= major);
  const upTo = wanted.length === 0 ? versions.slice(0, 1) : wanted;
  const key = `${arch} ${upTo.length} ${unsignedChar}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const answer = combined(upTo, unsignedChar);
  made.set(key, answer);
  return answer;
}

function combined(versions: readonly Version[], unsignedChar: boolean): Predefined {
  const lines = new Map<string, string>();
  for (const { gone, lines: changed } of versions) {
    for (const name of gone) lines.delete(name);
    for (const line of changed) lines.set(/^[?!]?\w+/.exec(line)?.[0] ?? line, line);
  }
  if (unsignedChar) lines.set('__CHAR_UNSIGNED__', '__CHAR_UNSIGNED__ 1');
  const has = (mark: string): ReadonlyMap<string, bigint> => new Map([...lines.values()].filter((line) => line.startsWith(mark)).map((line) => {
    const [name = '', value = '1'] = line.slice(1).split(' ');
    return [name.replace(/^__(.*)__$/, '$1'), BigInt(value.replace(/[uUlL]+$/, ''))];
  }));
  return {
    macros: [...lines.values()].filter((line) => !/^[?!]/.test(line)).map((line) => `#define ${line}\n`).join(''),
    has: new Map([['__has_attribute', has('?')], ['__has_cpp_attribute', has('?')], ['__has_builtin', has('!')]]),
  };
}
