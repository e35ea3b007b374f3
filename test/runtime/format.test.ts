// printf: expected texts are those of bpftrace 0.27 where it formats as C does, and of printf(3) where it does not (flags 0 and - together, # and 0,
// a precision of integers, the flag blank).
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Layout } from '../../src/bpf/layout.ts';
import { layoutSize } from '../../src/bpf/layout.ts';
import type { FormatPiece } from '../../src/bpf/spec.ts';
import { memoryOf } from '../../src/runtime/decode.ts';
import { formatter } from '../../src/runtime/format.ts';
import { plainResolver } from './help/resolver.ts';
import { tuple } from './help/specs.ts';

type Argument = bigint | number | boolean | string | Uint8Array;

/** Lays the arguments out, and formats. */
function printf(format: string, ...args: readonly Argument[]): string {
  const payload = tuple(...args.map(layoutOf));
  const record = Buffer.alloc(payload.size);
  args.forEach((arg, at) => { write(record, payload.elements[at]?.offset ?? 0, arg); });
  return formatter(cut(format), payload, plainResolver)(memoryOf(record), 0);
}

function layoutOf(arg: Argument): Layout {
  if (typeof arg === 'string') return { kind: 'string', size: arg.length + 1 };
  if (typeof arg === 'boolean') return { kind: 'bool' };
  if (arg instanceof Uint8Array) return { kind: 'buffer', capacity: arg.byteLength };
  return { kind: 'int', size: 8, signed: arg < 0 };
}

function write(record: Buffer, at: number, arg: Argument): void {
  if (typeof arg === 'string') record.write(arg, at, 'latin1');
  else if (typeof arg === 'boolean') record.writeUInt8(Number(arg), at);
  else if (arg instanceof Uint8Array) {
    record.writeUInt32LE(arg.byteLength, at);
    record.set(arg, at + 4);
  } else record.writeBigUInt64LE(BigInt.asUintN(64, BigInt(arg)), at);
}

function cut(format: string): FormatPiece[] {
  const pieces: FormatPiece[] = [];
  let at = 0;
  for (const match of format.matchAll(/%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([hlLjzt]*)(gr|rh|rx|[a-zA-Z])/g)) {
    const [whole, flags = '', width = '', precision = '', length = '', type = ''] = match;
    pieces.push({ text: format.slice(at, match.index), conversion: { flags, width, precision, length, type } });
    at = match.index + whole.length;
  }
  return [...pieces, { text: format.slice(at) }];
}

const big = 4294967297n;

describe('integers', () => {
  test.each<[string, Argument, string]>([
    ['%d', big, '1'],
    ['%d', -1, '-1'],
    ['%d', 0xffffffffn, '-1'],
    ['%d', 18446744073709551615n, '-1'],
    ['%i', 7, '7'],
    ['%ld', big, '4294967297'],
    ['%lld', -1, '-1'],
    ['%lld', 2n ** 63n, '-9223372036854775808'],
    ['%llu', 2n ** 63n, '9223372036854775808'],
    ['%llu', -1, '18446744073709551615'],
    ['%u', -1, '4294967295'],
    ['%lu', -8, '18446744073709551608'],
    ['%hd', 70000, '4464'],
    ['%hu', 70000, '4464'],
    ['%hhd', 300, '44'],
    ['%hhd', 200, '-56'],
    ['%hhu', 300, '44'],
    ['%zd', -5, '-5'],
    ['%jd', -6, '-6'],
    ['%td', -7, '-7'],
    ['%x', -1, 'ffffffff'],
    ['%lx', -1, 'ffffffffffffffff'],
    ['%X', 255, 'FF'],
    ['%o', 8, '10'],
    ['%lo', -10, '1777777777777777777766'],
    ['%#x', 255, '0xff'],
    ['%#X', 255, '0XFF'],
    ['%#o', 8, '010'],
    ['%p', 0, '0'],
    ['%p', 255, '0xff'],
    ['%5p', 1, '  0x1'],
    ['%-20p|', 255, '0xff                |'],
    ['%5d', 5, '    5'],
    ['%-5d|', 5, '5    |'],
    ['%05d', 5, '00005'],
    ['%05d', -5, '-0005'],
    ['%+d', 5, '+5'],
    ['%+u', 5, '5'],
    ['%+x', 5, '5'],
    ['%05x', 255, '000ff'],
    ['%-5x|', 255, 'ff   |'],
    ['%d', true, '1'],
    ['%lu', false, '0'],
  ])('%s of %s is %s', (format, arg, expected) => {
    expect(printf(format, arg)).toBe(expected);
  });

  test('is what printf(1) makes of every combination of flags, width and precision', () => {
    const cases = ['d', 'u', 'x', 'X', 'o'].flatMap((type) =>
      ['', '-', '0', '+', ' ', '#', '-0', '+0', '#0', '+ ', '-+', '-#', ' 0'].flatMap((flags) =>
        ['', '3', '12'].flatMap((width) => ['', '.0', '.2', '.9'].flatMap((precision) => [0, 7, 255, 123456, -1, -4711].map((value) => ({ flags, width, precision, type, value })))),
      ),
    );
    // printf(1) counts in 64 bits.
    const formats = cases.map(({ flags, width, precision, type, value }) => [`%${flags}${width}${precision}l${type}`, value] as const);
    // A precision of 0 prints no digits of 0 in C; here a 0 stays visible.
    const shown = formats.filter(([format, value]) => !(value === 0 && format.includes('.0')));
    const script = shown.map(([format, value]) => `printf '[${format.replace('l', '')}]\\n' '${value}'`).join('\n');
    const answer = spawnSync('bash', ['-s'], { input: script, encoding: 'utf8', maxBuffer: 1 << 24 }).stdout.trimEnd().split('\n');
    expect(shown.map(([format, value]) => `[${printf(format, value)}]`)).toEqual(answer);
    expect(answer.length).toBeGreaterThan(3000);
  });
});

describe('text', () => {
  test.each<[string, Argument, string]>([
    ['%s', 'hello', 'hello'],
    ['%10s', 'hello', '     hello'],
    ['%-10s|', 'hello', 'hello     |'],
    // A precision does not cut.
    ['%.3s', 'hello', 'hello'],
    ['%-10.10s|', 'hello', 'hello     |'],
    ['%10.3s', 'hello', '     hello'],
    ['%+s', 'z', 'z'],
    ['%s', 5, '5'],
    ['%s', -5, '-5'],
    ['%5s|', 5, '    5|'],
    ['%-5s|', 5, '5    |'],
    ['%s', true, 'true'],
    ['%s', 2n ** 64n - 1n, '18446744073709551615'],
    // Bytes count, not characters: é is two of them.
    ['%4s', '\u00c3\u00a9', '  \u00c3\u00a9'],
    ['%c', 65, 'A'],
    ['%5c|', 65, '    A|'],
    ['%-5c|', 65, 'A    |'],
    ['%c', 200, '\u00c8'],
    ['%c', 0, '\0'],
    ['%c', 321, 'A'],
  ])('%s of %s is %j', (format, arg, expected) => {
    expect(printf(format, arg)).toBe(expected);
  });
});

describe('buffers', () => {
  const raw = new Uint8Array(Buffer.from('a\x01b"\\ ~\xff\n', 'latin1'));
  test.each<[string, string]>([
    ['%r', 'a\\x01b"\\ ~\\xff\\x0a'],
    ['%s', 'a\\x01b"\\ ~\\xff\\x0a'],
    ['%rx', '\\x61\\x01\\x62\\x22\\x5c\\x20\\x7e\\xff\\x0a'],
    ['%rh', '61 01 62 22 5c 20 7e ff 0a'],
    ['%40r', '                      a\\x01b"\\ ~\\xff\\x0a'],
  ])('%s', (format, expected) => {
    expect(printf(format, raw)).toBe(expected);
  });
});

describe('formats', () => {
  test.each<[string, Argument[], string]>([
    ['no conversion\n', [], 'no conversion\n'],
    ['', [], ''],
    ['PID %d: %d bytes\n', [12, 9000], 'PID 12: 9000 bytes\n'],
    ['%-15s %5d -> %-15s %5d: %d bytes, retval %d\n', ['10.0.0.65', 49978, '52.37.243.173', 443, 63, 63], '10.0.0.65       49978 -> 52.37.243.173     443: 63 bytes, retval 63\n'],
    // Literals of a Spec are bytes already.
    ['\u00c2\u00b5 \xff %d', [1], '\u00c2\u00b5 \xff 1'],
    ['%*d|%-*d|', [5, 3, 5, 3], '    3|3    |'],
    ['%*d|', [-5, 3], '3    |'],
  ])('%j', (format, args, expected) => {
    expect(printf(format, ...args)).toBe(expected);
  });

  test('a conversion that nobody knows is refused when the run starts', () => {
    expect(() => printf('%gr', 5)).toThrow('printf: the conversion %gr is not supported');
  });
});

test('offsets of the payload are those of the layout', () => {
  const payload: Extract<Layout, { kind: 'tuple' }> = { kind: 'tuple', size: 12, elements: [{ offset: 8, layout: { kind: 'int', size: 4, signed: true } }, { offset: 0, layout: { kind: 'int', size: 2, signed: true } }] };
  const record = Buffer.alloc(4 + layoutSize(payload));
  record.writeInt32LE(-7, 4 + 8);
  record.writeInt16LE(3, 4);
  expect(formatter(cut('%d %d'), payload, plainResolver)(memoryOf(record), 4)).toBe('-7 3');
});
