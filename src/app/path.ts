// `btfly path FROM TO`: the nearest ways from one type to another, ready to be pasted into a script.
import { UsageError } from '../base/errors.ts';
import { typeText } from '../ctype/print.ts';
import type { Types } from '../ctype/types.ts';
import type { Search } from '../index/search.ts';
import { follow, ways, type Way, type WaysOptions } from '../resolve/ways.ts';
import { openKernel, type KernelChoice } from './kernel.ts';
import { namedRecords, typeName, type NamedRecord } from './typename.ts';

export interface FoundWay extends Way {
  /** What it starts at: `struct file`. */
  readonly from: string;
  readonly to: string;
  /** `((struct file *)$x)->f_inode->i_sb`. */
  readonly expression: string;
}

export interface PathAnswer {
  /** The nearest first. */
  readonly ways: readonly FoundWay[];
  text(): string;
  json(): string;
}

/** @param from, to `struct file *`, `struct file`, `file`. Throws UsageError where a name is not there, or no way is short enough. */
export async function path(from: string, to: string, options: WaysOptions, choice: KernelChoice): Promise<PathAnswer> {
  const kernel = await openKernel(choice);
  try {
    return pathIn(kernel.catalog.search(kernel.image.kernel), kernel.image, { from, to }, options);
  } finally {
    kernel.catalog.close();
  }
}

/** The same for a catalog that is open already. */
export function pathIn(search: Search, types: Types, { from, to }: { readonly from: string; readonly to: string }, options: WaysOptions): PathAnswer {
  const starts = records(types, from);
  const targets = records(types, to);
  const leads = search.leads();
  const rows = targets.flatMap((target) => search.definitionAt(target.record.image, target.record.id ?? 0) ?? []);
  const found = starts.flatMap((start): FoundWay[] => {
    const row = search.definitionAt(start.record.image, start.record.id ?? 0);
    if (row === undefined) return [];
    const reaches = (record: NamedRecord['record']): boolean => targets.some((target) => target.record.id === record.id && target.record.image === record.image);
    const steps = ways(leads, row, rows, options);
    return steps.flatMap((each) => follow(types, start.record, each, reaches) ?? []).map((way) => ({ from: start.label, to: targets[0]?.label ?? to, expression: `((${start.label} *)$x)->${way.path}`, ...way }));
  });
  if (found.length === 0) throw new UsageError(`no way from ${starts[0]?.label ?? from} to ${targets[0]?.label ?? to} over at most ${options.hops} pointer${options.hops === 1 ? '' : 's'}`, `--hops ${options.hops + 2} looks further`);
  return { ways: found, text: () => found.map(line).join(''), json: () => `${JSON.stringify(found.map((way) => ({ ...way, type: typeText(way.type) })), undefined, 2)}\n` };
}

function records(types: Types, text: string): readonly NamedRecord[] {
  return namedRecords(types, typeName(text.replace(/(\s*\*)+\s*$/, '')));
}

function line({ expression, type, offsets }: FoundWay): string {
  return `${expression} /* ${typeText(type)}, offset ${offsets.join(' -> ')} */\n`;
}
