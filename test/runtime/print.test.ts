// Both printers over the same models. Expected texts were printed by bpftrace 0.27, but for bytes that are no ASCII in JSON (there they
// become \uffffffc3) and for buffers (there their numbers are signed on x86).
import { describe, expect, test } from 'vitest';
import { SourceText } from '../../src/base/span.ts';
import { histogramLines } from '../../src/runtime/histogram.ts';
import type { Printer } from '../../src/runtime/print/printer.ts';
import { jsonPrinter } from '../../src/runtime/print/json.ts';
import { textPrinter } from '../../src/runtime/print/text.ts';
import type { ElementValue, MapModel, Value } from '../../src/runtime/value.ts';

interface Said {
  readonly out: string;
  readonly err: string;
}

const script = 'BEGIN { @m[1]=1; }\n\tprint(5/$x);';

function say(make: typeof textPrinter, what: (printer: Printer) => void, quiet = false): Said {
  let out = '';
  let err = '';
  what(make({ out: (text) => { out += text; }, err: (text) => { err += text; }, source: new SourceText('stdin', script), quiet }));
  return { out, err };
}

const text = (what: (printer: Printer) => void): string => say(textPrinter, what).out;
const json = (what: (printer: Printer) => void): string => say(jsonPrinter, what).out;

const int = (value: number | bigint): Value => ({ kind: 'int', value: BigInt(value) });
const string = (value: string, trailer = ''): Value => ({ kind: 'string', text: value, trailer });
const tuple = (...elements: Value[]): Value => ({ kind: 'tuple', elements });
const hist = (counts: Record<number, number>): ElementValue => ({
  kind: 'hist', buckets: histogramLines({ kind: 'hist', bits: 0 }, new Map(Object.entries(counts).map(([bucket, count]) => [Number(bucket), BigInt(count)]))),
});
const stack: Value = { kind: 'text', text: '\n        do_nanosleep+5\n        hrtimer_nanosleep+170\n        __x64_sys_nanosleep+150\n' };

describe('values', () => {
  test.each<[string, ElementValue, string, string]>([
    ['a number', int(5), '5', '5'],
    ['a negative number', int(-3), '-3', '-3'],
    ['the largest number that a double holds exactly', int(2n ** 53n), '9007199254740992', '9007199254740992'],
    ['one that it does not', int(2n ** 53n + 1n), '9007199254740993', '"9007199254740993"'],
    ['a large power of two', int(2n ** 60n), '1152921504606846976', '1152921504606846976'],
    ['2^64 - 1', int(2n ** 64n - 1n), '18446744073709551615', '"18446744073709551615"'],
    ['-2^63 + 1', int(-(2n ** 63n) + 1n), '-9223372036854775807', '"-9223372036854775807"'],
    ['a bool', { kind: 'bool', value: true }, 'true', 'true'],
    ['an enumerator', { kind: 'enum', value: 1n, name: 'A' }, 'A', '1'],
    ['a value without enumerator', { kind: 'enum', value: 3n, name: undefined }, '3', '3'],
    ['a pointer', { kind: 'pointer', value: 0xffff888105810000n }, '0xffff888105810000', '18446612686457339904'],
    ['a pointer that a double does not hold', { kind: 'pointer', value: 0xffff888105810f81n }, '0xffff888105810f81', '"18446612686457343873"'],
    ['a null pointer', { kind: 'pointer', value: 0n }, '0x0', '0'],
    ['a string', string('x'), 'x', '"x"'],
    ['an empty string', string(''), '', '""'],
    ['a string that was cut', string('ld-linux-', '..'), 'ld-linux-..', '"ld-linux-.."'],
    ['escapes', string('q"uo\\te\n\r\t\x01\x1f\x08\x0c\x7f/'), 'q"uo\\te\n\r\t\x01\x1f\x08\x0c\x7f/', '"q\\"uo\\\\te\\n\\r\\t\\u0001\\u001f\\u0008\\u000c\x7f/"'],
    ['UTF-8', string('\u00c3\u00a4'), '\u00c3\u00a4', '"\u00c3\u00a4"'],
    ['bytes that are no UTF-8', string('a\u00ff\u0080b'), 'a\u00ff\u0080b', '"a\u00ef\u00bf\u00bd\u00ef\u00bf\u00bdb"'],
    ['a buffer', { kind: 'buffer', bytes: new Uint8Array([97, 1, 34, 255]) }, 'a\\x01"\\xff', '[97,1,34,255]'],
    ['a tuple', tuple(int(1), string('a b'), int(2n ** 64n - 1n), int(-3)), '(1, a b, 18446744073709551615, -3)', '[1,"a b","18446744073709551615",-3]'],
    ['a tuple of one', tuple(string('a')), '(a)', '["a"]'],
    ['an array', { kind: 'array', elements: [int(1), int(2), int(3)] }, '[1,2,3]', '[1,2,3]'],
    ['a record', { kind: 'record', fields: [['a', int(1)], ['b', string('x')], ['c', tuple(int(1), int(2))]] }, '{ .a = 1, .b = x, .c = (1, 2) }', '{"a": 1, "b": "x", "c": [1,2]}'],
    ['an empty record', { kind: 'record', fields: [] }, '{}', '{}'],
    ['nothing', { kind: 'none' }, 'null', 'null'],
    ['a symbol', { kind: 'text', text: 'do_nanosleep' }, 'do_nanosleep', '"do_nanosleep"'],
    ['stats', { kind: 'stats', count: 3n, average: 2n, total: 6n }, '{ .count = 3, .average = 2, .total = 6 }', '{"count": 3, "average": 2, "total": 6}'],
    ['a stack', stack, '\n        do_nanosleep+5\n        hrtimer_nanosleep+170\n        __x64_sys_nanosleep+150\n', '"\\n        do_nanosleep+5\\n        hrtimer_nanosleep+170\\n        __x64_sys_nanosleep+150\\n"'],
  ])('%s', (_, value, asText, asJson) => {
    expect(text((printer) => { printer.value(value); })).toBe(`${asText}\n`);
    expect(json((printer) => { printer.value(value); })).toBe(`{"type": "value", "data": ${asJson}}\n`);
    const line = Buffer.from(json((printer) => { printer.value(value); }), 'latin1').toString('utf8');
    expect(() => { JSON.parse(line); }).not.toThrow();
  });
});

const map = (name: string, type: MapModel['type'], ...elements: readonly (readonly [key: readonly Value[] | null, value: ElementValue])[]): MapModel => ({
  name, type, keyed: elements[0]?.[0] !== null, elements: elements.map(([key, value]) => ({ key: key ?? [], value })),
});

describe('maps', () => {
  test.each<[string, MapModel, string, string]>([
    ['a scalar', map('@a', 'map', [null, int(5)]), '@a: 5\n', '{"type": "map", "data": {"@a": 5}}\n'],
    ['the nameless scalar', map('@', 'map', [null, int(0)]), '@: 0\n', '{"type": "map", "data": {"@": 0}}\n'],
    ['keys', map('@map', 'map', [[string('key1')], int(2)], [[string('key2')], int(3)]), '@map[key1]: 2\n@map[key2]: 3\n', '{"type": "map", "data": {"@map": {"key1": 2, "key2": 3}}}\n'],
    ['tuples as keys', map('@k', 'map', [[int(1), string('a b'), int(-1)], int(1)]), '@k[1, a b, -1]: 1\n', '{"type": "map", "data": {"@k": {"1,ab,-1": 1}}}\n'],
    ['a tuple inside a key', map('@n', 'map', [[int(1), tuple(int(2), string('x y'))], int(2)]), '@n[1, (2, x y)]: 2\n', '{"type": "map", "data": {"@n": {"1,(2,xy)": 2}}}\n'],
    ['keys of other kinds', map('@p', 'map', [[{ kind: 'pointer', value: 255n }], { kind: 'pointer', value: 16n }], [[{ kind: 'bool', value: true }], int(1)], [[{ kind: 'enum', value: 1n, name: 'A' }], int(1)]),
      '@p[0xff]: 0x10\n@p[true]: 1\n@p[A]: 1\n', '{"type": "map", "data": {"@p": {"0xff": 16, "true": 1, "A": 1}}}\n'],
    ['a key with quotes', map('@c', 'map', [[string('a"b\nc')], int(1)]), '@c[a"b\nc]: 1\n', '{"type": "map", "data": {"@c": {"a\\"b\\nc": 1}}}\n'],
    ['nothing', map('@e', 'map'), '', ''],
    ['an average', map('@avg', 'stats', [null, int(2)]), '@avg: 2\n', '{"type": "stats", "data": {"@avg": 2}}\n'],
    ['averages', map('@', 'stats', [[string('c')], int(3)], [[string('d')], int(4)]), '@[c]: 3\n@[d]: 4\n', '{"type": "stats", "data": {"@": {"c": 3, "d": 4}}}\n'],
    ['stats', map('@stats', 'stats', [null, { kind: 'stats', count: 2n, average: 6n, total: 12n }]), '@stats: { .count = 2, .average = 6, .total = 12 }\n', '{"type": "stats", "data": {"@stats": {"count": 2, "average": 6, "total": 12}}}\n'],
    ['a stack as key', map('@', 'map', [[stack], int(3)]), '@[\n        do_nanosleep+5\n        hrtimer_nanosleep+170\n        __x64_sys_nanosleep+150\n]: 3\n',
      '{"type": "map", "data": {"@": {"\\ndo_nanosleep+5\\nhrtimer_nanosleep+170\\n__x64_sys_nanosleep+150\\n": 3}}}\n'],
    ['a stack and more as key', map('@k', 'map', [[string('x'), { kind: 'text', text: '\n        a+1\n' }, int(1)], int(5)]), '@k[x, \n        a+1\n, 1]: 5\n', '{"type": "map", "data": {"@k": {"x,\\na+1\\n,1": 5}}}\n'],
    ['a stack as value', map('@a', 'map', [null, { kind: 'text', text: '\n        a+1\n' }]), '@a: \n        a+1\n\n', '{"type": "map", "data": {"@a": "\\n        a+1\\n"}}\n'],
  ])('%s', (_, model, asText, asJson) => {
    expect(text((printer) => { printer.map(model); })).toBe(asText);
    expect(json((printer) => { printer.map(model); })).toBe(asJson);
  });
});

describe('histograms', () => {
  test('without a key', () => {
    const model = map('@', 'hist', [null, hist({ 0: 1, 3: 2, 4: 1, 6: 1 })]);
    expect(text((printer) => { printer.map(model); })).toBe(
      [
        '@:',
        '(..., 0)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[0]                    0 |                                                    |',
        '[1]                    0 |                                                    |',
        '[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '[8, 16)                0 |                                                    |',
        '[16, 32)               1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |',
        '', '',
      ].join('\n'),
    );
  });

  test('with keys', () => {
    const model = map('@h', 'hist', [[int(1)], hist({ 4: 1 })], [[int(2), string('a')], hist({ 3: 2 })]);
    expect(text((printer) => { printer.map(model); })).toBe(
      [
        '@h[1]:',
        '[4, 8)                 1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '',
        '@h[2, a]:',
        '[2, 4)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '', '',
      ].join('\n'),
    );
    expect(json((printer) => { printer.map(model); })).toBe('{"type": "hist", "data": {"@h": {"1": [{"min": 4, "max": 7, "count": 1}], "2,a": [{"min": 2, "max": 3, "count": 2}]}}}\n');
  });

  test('steps, with open ends', () => {
    const buckets = histogramLines({ kind: 'lhist', min: 0, max: 10, step: 3 }, new Map([[0, 1n], [2, 1n], [4, 3n]]));
    const model = map('@f', 'hist', [null, { kind: 'hist', buckets }]);
    expect(text((printer) => { printer.map(model); })).toBe(
      [
        '@f:',
        '(..., 0)               1 |@@@@@@@@@@@@@@@@@                                   |',
        '[0, 3)                 0 |                                                    |',
        '[3, 6)                 1 |@@@@@@@@@@@@@@@@@                                   |',
        '[6, 9)                 0 |                                                    |',
        '[9, ...)               3 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '', '',
      ].join('\n'),
    );
    expect(json((printer) => { printer.map(model); })).toBe(
      '{"type": "hist", "data": {"@f": [{"max": -1, "count": 1},{"min": 0, "max": 2, "count": 0},{"min": 3, "max": 5, "count": 1},{"min": 6, "max": 8, "count": 0},{"min": 9, "count": 3}]}}\n',
    );
  });

  test('negative values and zeros', () => {
    expect(json((printer) => { printer.map(map('@', 'hist', [null, hist({ 0: 1, 1: 1 })])); })).toBe('{"type": "hist", "data": {"@": [{"max": -1, "count": 1},{"min": 0, "max": 0, "count": 1}]}}\n');
  });

  test('that zero() emptied', () => {
    const model = map('@h', 'hist', [null, hist({})]);
    expect(text((printer) => { printer.map(model); })).toBe('@h:\n\n');
    expect(json((printer) => { printer.map(model); })).toBe('{"type": "hist", "data": {"@h": []}}\n');
  });

  test('counts wider than their column, bars cut down to whole marks', () => {
    const model = map('@', 'hist', [null, hist({ 1: 123456789, 2: 2374169, 3: 2374170 })]);
    expect(text((printer) => { printer.map(model); })).toBe(
      [
        '@:',
        '[0]             123456789 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|',
        '[1]              2374169 |                                                    |',
        '[2, 4)           2374170 |@                                                   |',
        '', '',
      ].join('\n'),
    );
  });
});

describe('output of the script', () => {
  test.each<[Parameters<Printer['output']>[0], string, string, string]>([
    ['printf', 'test 5', 'test 5', '{"type": "printf", "data": "test 5"}\n'],
    ['printf', 'hi\n', 'hi\n', '{"type": "printf", "data": "hi\\n"}\n'],
    ['time', '12:00:00\n', '12:00:00\n', '{"type": "time", "data": "12:00:00\\n"}\n'],
    ['cat', 'Linux\n', 'Linux\n', '{"type": "cat", "data": "Linux\\n"}\n'],
    ['join', "/bin/echo,'A'", "/bin/echo,'A'\n", '{"type": "join", "data": "/bin/echo,\'A\'"}\n'],
    ['syscall', 'a b c\n', 'a b c\n\n', '{"type": "syscall", "data": "a b c\\n"}\n'],
    ['syscall', '', '', '{"type": "syscall", "data": ""}\n'],
  ])('%s of %j', (kind, said, asText, asJson) => {
    expect(text((printer) => { printer.output(kind, said); })).toBe(asText);
    expect(json((printer) => { printer.output(kind, said); })).toBe(asJson);
  });
});

describe('messages', () => {
  const span = { start: script.indexOf('@m'), end: script.indexOf('@m') + 7 };

  test.each<[string, (printer: Printer) => void, Said, string]>([
    ['one probe', (printer) => { printer.attached(1); }, { out: '', err: 'Attached 1 probe\n' }, '{"type": "attached_probes", "count": 1, "data": {"probes": 1}}\n'],
    ['several probes', (printer) => { printer.attached(12); }, { out: '', err: 'Attached 12 probes\n' }, '{"type": "attached_probes", "count": 12, "data": {"probes": 12}}\n'],
    ['lost events', (printer) => { printer.lostEvents(7n); }, { out: '', err: 'Lost 7 events\n' }, '{"type": "lost_events", "count": 7, "data": {"events": 7}}\n'],
    ['errorf', (printer) => { printer.message('errorf', { span, message: 'a1' }); }, { out: '', err: 'stdin:1:9-16: ERROR: a1\n' }, '{"type": "errorf", "msg": "a1", "filename": "stdin", "line": 1, "col": 9}\n'],
    ['warnf', (printer) => { printer.message('warnf', { span, message: 'x' }); }, { out: '', err: 'stdin:1:9-16: WARNING: x\n' }, '{"type": "warnf", "msg": "x", "filename": "stdin", "line": 1, "col": 9}\n'],
    ['a helper that failed', (printer) => { printer.helperError({ span, message: 'Map full.' }, 'map_update_elem', -7n, 'Argument list too long'); },
      { out: '', err: 'stdin:1:9-16: WARNING: Map full.\nAdditional Info - helper: map_update_elem, retcode: -7\nBEGIN { @m[1]=1; }\n        ~~~~~~~\n' },
      '{"type": "helper_error", "msg": "Argument list too long", "helper": "map_update_elem", "retcode": -7, "filename": "stdin", "line": 1, "col": 9}\n'],
    ['a rule that was broken', (printer) => { printer.runtimeError({ span: { start: script.indexOf('5/'), end: script.indexOf('5/') + 4 }, message: 'Divide or modulo by 0 detected.' }); },
      { out: '', err: 'stdin:2:8-12: WARNING: Divide or modulo by 0 detected.\n\tprint(5/$x);\n\t      ~~~~\n' },
      '{"type": "runtime_error", "msg": "Divide or modulo by 0 detected.", "filename": "stdin", "line": 2, "col": 8}\n'],
    ['the end', (printer) => { printer.beforeMaps(); }, { out: '\n\n', err: '' }, ''],
  ])('%s', (_, what, asText, asJson) => {
    expect(say(textPrinter, what)).toEqual(asText);
    expect(say(jsonPrinter, what)).toEqual({ out: asJson, err: '' });
  });

  test('the number of probes is not told to those who want it quiet', () => {
    expect(say(textPrinter, (printer) => { printer.attached(1); }, true)).toEqual({ out: '', err: '' });
    expect(say(jsonPrinter, (printer) => { printer.attached(1); }, true)).toEqual({ out: '', err: '' });
  });
});
