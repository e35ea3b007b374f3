// Whole trees of kernel headers, beside the BTF of the same build and beside gcc.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findMember, recordOf } from '../../src/ctype/member.ts';
import { parseBtf } from '../../src/source/btf/btf.ts';
import type { AliasMacro, FunctionMacro, HeaderDefinition, HeaderFacts, IntegerMacro } from '../../src/source/headers/facts.ts';
import { readHeaders } from '../../src/source/headers/headers.ts';
import { openTree, type HeaderTree } from '../../src/source/headers/tree/tree.ts';
import { readTree } from '../../src/source/headers/whole.ts';
import { gccErrors, gccMajor } from '../help/gccheaders.ts';
import { headerPackages } from '../help/headerpackages.ts';
import { BtfTypes } from '../source/headers/judge/btftypes.ts';
import { compare } from '../source/headers/judge/compare.ts';
import { exceptions } from '../source/headers/judge/exceptions.ts';

const { found, missing } = headerPackages();

for (const reason of missing) test.skip(`not here: ${reason}`, () => undefined);

function* definitionsOf({ definitions }: HeaderFacts): Generator<HeaderDefinition> {
  for (let index = 0; index < definitions.length; index++) yield definitions.at(index);
}

describe.each(found)('$release', ({ series, build, btf }) => {
  let tree: HeaderTree;
  let facts: HeaderFacts;

  test('is read in less than a minute', async () => {
    tree = await openTree(build);
    const begin = performance.now();
    facts = readTree(tree);
    const took = performance.now() - begin;
    console.log(`${series}: ${facts.files.length} files, ${facts.definitions.length} definitions in ${(took / 1000).toFixed(1)} s`);
    expect(facts.files.length).toBeGreaterThan(4000);
    expect(took).toBeLessThan(60_000);
  });

  test('says what BTF says, of every struct, union, enum and enumerator that both have', () => {
    const types = new BtfTypes(parseBtf(btf, readFileSync(btf)));
    const definitions = [...definitionsOf(facts)].map(({ definition }) => definition);
    // pahole 1.32, which made that of 7.2, keeps the dimensions of arrays.
    const verdict = compare({ definitions, definition: (ref) => facts.types.definition(ref) }, types, { flattened: series !== '7.2' });
    console.log(`${series}: ${verdict.compared} definitions, ${verdict.members} members, ${verdict.enumerators} enumerators equal; ${verdict.differences.size} others; ${verdict.onlyInHeaders} only in headers`);
    const known = exceptions(series);
    expect([...verdict.differences].filter(([name]) => !known.has(name))).toEqual([]);
    expect([...known.keys()].filter((name) => !verdict.differences.has(name))).toEqual([]);
    expect(verdict.compared).toBeGreaterThan(5000);
    expect(verdict.enumerators).toBeGreaterThan(12_000);
  });

  test.skipIf(gccMajor === undefined)('stumbles alone over no header that gcc reads alone', () => {
    const blamed = new Set(facts.problems.filter(({ severity }) => severity === 'error').map(({ place }) => place.file));
    const names = [...blamed].flatMap((file) => tree.config.system.filter((folder) => file.startsWith(`${folder}/`)).slice(0, 1).map((folder) => file.slice(folder.length + 1)));
    const wrong: string[] = [];
    let both = 0;
    for (const name of names) {
      const text = `#include <${name}>\n`;
      const ours = readHeaders({ files: tree.files, config: tree.config, main: { name: 'alone.c', text } }).problems.filter(({ severity }) => severity === 'error');
      if (ours.length === 0) continue;
      if (gccErrors(tree.config, text).length > 0) both++;
      else wrong.push(`${name}: ${ours[0]?.place.file ?? ''}:${ours[0]?.place.line ?? 0}: ${ours[0]?.message ?? ''}`);
    }
    console.log(`${series}: ${names.length} headers with errors among all the others, ${both} that cannot be read alone by gcc either`);
    expect(wrong).toEqual([]);
  });

  test('evaluates macros', () => {
    const kinds = new Map<string, number>();
    for (const name of facts.macros.names()) {
      const kind = facts.macros.find(name)?.kind ?? '';
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    console.log(`${series}: macros: ${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}`);
    expect(kinds.get('integer')).toBeGreaterThan(15_000);
  });

  test.skipIf(gccMajor === undefined)('gives macros the values that gcc gives them', () => {
    const text = broad.map((name) => `#include <${name}>\n`).join('');
    const read = readHeaders({ files: tree.files, config: tree.config, main: { name: 'broad.c', text } });
    expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    const { macros } = read;
    const all = [...macros.names()].flatMap((name) => macros.find(name) ?? []);
    const integers = all.filter((macro) => macro.kind === 'integer').filter(({ name }) => !ofTheCompiler.has(name));
    const aliases = all.filter((macro) => macro.kind === 'alias').flatMap((macro) => macro.records.map((record) => ({ ...macro, record }))).filter(({ path }) => !path.includes('->'));
    const functions = sample(all.filter((macro) => macro.kind === 'function'), 500);
    console.log(`${series}: ${integers.length} integers, ${aliases.length} members, ${functions.length} functions asked of gcc`);
    expect(integers.length).toBeGreaterThan(15_000);
    expect(aliases.length).toBeGreaterThan(100);
    const wrong = gccErrors(tree.config, `${text}${integers.map(assertion).join('\n')}\n${aliases.map((each) => offsetAssertion(each, read)).join('\n')}`);
    expect(wrong).toEqual([]);
    // Not all are constants for gcc where their arguments are; what is, is the same.
    const answers = gccErrors(tree.config, text + functions.map(sameExpansion).join('\n'));
    expect(answers.filter((line) => line.includes('static assertion failed'))).toEqual([]);
    const constant = functions.length - new Set(answers.map((line) => /<stdin>:(\d+)/.exec(line)?.[1])).size;
    console.log(`${series}: ${constant} of the functions are constants of constants`);
    expect(constant).toBeGreaterThan(250);
  });
});

/** Headers that one C file can have together, from many subsystems. */
const broad = [
  'linux/module.h', 'linux/sched.h', 'linux/fs.h', 'linux/mm.h', 'linux/blkdev.h', 'linux/pci.h', 'linux/usb.h', 'linux/netdevice.h', 'linux/bpf.h', 'linux/perf_event.h', 'linux/input.h', 'linux/tty.h',
  'linux/nfs4.h', 'linux/libata.h', 'linux/mmc/host.h', 'linux/kvm_host.h', 'linux/ethtool.h', 'linux/can.h', 'linux/hid.h', 'linux/i2c.h', 'linux/acpi.h', 'linux/efi.h', 'net/sock.h', 'net/tcp.h', 'net/ipv6.h', 'net/netlink.h',
];

/** Numerical Recipes' generator: the same sample every time. */
function sample<T>(list: readonly T[], count: number): readonly T[] {
  const left = [...list];
  const chosen: T[] = [];
  for (let seed = 1; chosen.length < count && left.length > 0; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const [one] = left.splice(seed % left.length, 1);
    if (one !== undefined) chosen.push(one);
  }
  return chosen;
}

/** What these are depends on who compiles. */
const ofTheCompiler: ReadonlySet<string> = new Set(['GCC_VERSION', 'CC_HAS_TYPEOF_UNQUAL', 'USE_TYPEOF_UNQUAL']);

/** Where the other name leads, as scripts find it, and where gcc finds it. */
function offsetAssertion({ name, record }: AliasMacro & { readonly record: string }, { types }: HeaderFacts): string {
  const [kind = '', tag = ''] = record.includes(' ') ? record.split(' ') : ['typedef', record];
  const named = kind === 'struct' || kind === 'union' ? types.find(kind, tag)[0] : undefined;
  const type = kind === 'typedef' ? types.find('typedef', tag)[0]?.type : undefined;
  const found = named ?? (type && recordOf(types, type));
  const member = found && findMember(types, found, name);
  // A bitfield has no offset in C.
  if (member !== undefined && member.bitSize !== null) return '';
  return `_Static_assert(__builtin_offsetof(${record}, ${name}) == ${member === undefined ? -1 : member.bitOffset / 8}, "${name} in ${record}");`;
}

/** Its body with arguments instead of its parameters, beside what gcc makes of its name. */
function sameExpansion({ name, params, body }: FunctionMacro): string {
  const values = new Map(params.map((param, index) => [param, `${[7, 3, 2, 5, 1, 4][index % 6] ?? 6}`]));
  return `_Static_assert((unsigned long long)(${name}(${[...values.values()].join(', ')})) == (unsigned long long)(${body.replace(/[A-Za-z_]\w*/g, (word) => values.get(word) ?? word)}), "${name}");`;
}

/** Its value, its sign and its size. */
function assertion({ name, value, type }: IntegerMacro): string {
  const unsigned = BigInt.asUintN(64, value);
  return `_Static_assert((unsigned long long)(${name}) == ${unsigned}ULL && sizeof(${name}) == ${type.size} && ((__typeof__(${name}))-1 < 0) == ${type.signed ? 1 : 0}, "${name}");`;
}
