// What people read: bpftrace's text output.
import { renderDiagnostic } from '../../base/diagnostic.ts';
import type { Span } from '../../base/span.ts';
import type { Bucket, MapElement, MapModel } from '../value.ts';
import { byteString } from '../value.ts';
import type { OutputKind, Printer, Sinks } from './printer.ts';
import { warning } from './printer.ts';
import { keyText, valueText } from './valuetext.ts';

export function textPrinter(sinks: Sinks): Printer {
  const { out, err, source } = sinks;
  return {
    attached: (probes) => {
      if (!sinks.quiet) err(`Attached ${probes} probe${probes === 1 ? '' : 's'}\n`);
    },
    output: (kind, text) => { out(outputText[kind](text)); },
    value: (value) => { out(value.kind === 'hist' ? `${histogram(value.buckets)}\n` : `${valueText(value)}\n`); },
    map: (map) => { out(mapText(map)); },
    message: (kind, { span, message }) => { err(`${placeText(sinks, span)}: ${kind === 'errorf' ? 'ERROR' : 'WARNING'}: ${message}\n`); },
    helperError: ({ span, message }, helper, returned) => {
      err(byteString(renderDiagnostic(source, warning({ span, message: `${message}\nAdditional Info - helper: ${helper}, retcode: ${returned}` }))));
    },
    runtimeError: (complaint) => { err(byteString(renderDiagnostic(source, warning(complaint)))); },
    lostEvents: (count) => { err(`Lost ${count} events\n`); },
    beforeMaps: () => { out('\n\n'); },
  };
}

const outputText: Readonly<Record<OutputKind, (text: string) => string>> = {
  printf: (text) => text,
  time: (text) => text,
  cat: (text) => text,
  join: (text) => `${text}\n`,
  syscall: (text) => (text === '' ? '' : `${text}\n`),
};

/** `stdin:1:10-25` */
function placeText({ source }: Sinks, span: Span): string {
  const start = source.position(span.start);
  const end = source.position(span.end);
  return byteString(start.line === end.line ? `${source.name}:${start.line}:${start.column}-${end.column}` : `${source.name}:${start.line}-${end.line}`);
}

function mapText(map: MapModel): string {
  return map.elements.map((element) => elementText(map, element)).join('');
}

function elementText(map: MapModel, { key, value }: MapElement): string {
  const title = map.keyed ? `${map.name}[${keyText(key)}]` : map.name;
  if (value.kind !== 'hist') return `${title}: ${valueText(value)}\n`;
  return `${title}:\n${histogram(value.buckets)}\n`;
}

const labelWidth = 16;
const countWidth = 8;
const barWidth = 52;

/** A line a bucket; bars are cut down to whole marks, the largest one is 52. */
function histogram(buckets: readonly Bucket[]): string {
  const most = buckets.reduce((max, { count }) => (count > max ? count : max), 1n);
  return buckets
    .map(({ label, count }) => {
      const marks = Math.trunc((Number(count) / Number(most)) * barWidth);
      return `${label.padEnd(labelWidth)}${String(count).padStart(countWidth)} |${'@'.repeat(marks).padEnd(barWidth)}|\n`;
    })
    .join('');
}
