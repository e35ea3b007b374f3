// What programs read: one JSON object a line. Blanks stand where bpftrace puts them.
import { unreachable } from '../../base/unreachable.ts';
import type { Span } from '../../base/span.ts';
import type { Bucket, ElementValue, MapModel } from '../value.ts';
import { byteString } from '../value.ts';
import type { Printer, Sinks } from './printer.ts';
import { keyText } from './valuetext.ts';

export function jsonPrinter(sinks: Sinks): Printer {
  const line = (members: readonly Member[]): void => { sinks.out(`${object(members)}\n`); };
  const place = (span: Span): readonly Member[] => {
    const { line: row, column } = sinks.source.position(span.start);
    return [['filename', string(byteString(sinks.source.name))], ['line', String(row)], ['col', String(column)]];
  };
  return {
    attached: (probes) => {
      if (!sinks.quiet) line(counted('attached_probes', 'probes', String(probes)));
    },
    output: (kind, text) => { line([['type', string(kind)], ['data', string(text)]]); },
    value: (value) => { line([['type', string('value')], ['data', json(value)]]); },
    map: (map) => {
      if (map.elements.length > 0) line([['type', string(map.type)], ['data', object([[map.name, mapJson(map)]])]]);
    },
    message: (kind, { span, message }) => { line([['type', string(kind)], ['msg', string(message)], ...place(span)]); },
    helperError: ({ span }, helper, returned, reason) => {
      line([['type', string('helper_error')], ['msg', string(reason)], ['helper', string(helper)], ['retcode', String(returned)], ...place(span)]);
    },
    runtimeError: ({ span, message }) => { line([['type', string('runtime_error')], ['msg', string(byteString(message))], ...place(span)]); },
    lostEvents: (count) => { line(counted('lost_events', 'events', String(count))); },
    beforeMaps: () => undefined,
  };
}

/** Name and JSON text of the value. */
type Member = readonly [name: string, json: string];

function counted(type: string, name: string, count: string): readonly Member[] {
  return [['type', string(type)], ['count', count], ['data', object([[name, count]])]];
}

function object(members: readonly Member[]): string {
  return `{${members.map(([name, value]) => `${string(name)}: ${value}`).join(', ')}}`;
}

function array(elements: readonly string[]): string {
  return `[${elements.join(',')}]`;
}

/** A key is its text without any blanks: scripts that read bpftrace's output expect it so. */
function mapJson(map: MapModel): string {
  const [first] = map.elements;
  if (!map.keyed && first !== undefined) return json(first.value);
  return object(map.elements.map(({ key, value }) => [keyText(key).replaceAll(' ', ''), json(value)]));
}

function json(value: ElementValue): string {
  switch (value.kind) {
    case 'int':
    case 'enum':
    case 'pointer':
      return integer(value.value);
    case 'bool':
      return String(value.value);
    case 'string':
      return string(value.text + value.trailer);
    case 'buffer':
      return array(Array.from(value.bytes, String));
    case 'text':
      return string(value.text);
    case 'array':
    case 'tuple':
      return array(value.elements.map(json));
    case 'record':
      return object(value.fields.map(([name, member]) => [name, json(member)]));
    case 'none':
      return 'null';
    case 'stats':
      return object([['count', integer(value.count)], ['average', integer(value.average)], ['total', integer(value.total)]]);
    case 'hist':
      return array(value.buckets.map(bucket));
    default:
      return unreachable(value);
  }
}

function bucket({ min, max, count }: Bucket): string {
  const members: Member[] = [];
  if (min !== undefined) members.push(['min', integer(min)]);
  if (max !== undefined) members.push(['max', integer(max)]);
  return object([...members, ['count', integer(count)]]);
}

/** What a double does not hold exactly is a string. */
function integer(value: bigint): string {
  return BigInt(Number(value)) === value ? String(value) : `"${value}"`;
}

/** A byte string as JSON text, again as bytes: UTF-8 stays, a byte that is none becomes U+FFFD. */
function string(bytes: string): string {
   
  if (/^[\x20-\x21\x23-\x5b\x5d-\x7f]*$/.test(bytes)) return `"${bytes}"`;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
   
  return Buffer.from(`"${text.replace(/[\x00-\x1f"\\]/g, escape)}"`, 'utf8').toString('latin1');
}

function escape(character: string): string {
  return escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
