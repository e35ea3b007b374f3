// What must hold in BTF before anything is read from it: what libbpf checks (btf_sanity_check), what the kernel checks of sizes and
// encodings, and that a module's BTF stands on the base that it was made for.
import type { Btf } from './btf.ts';
import { kindName, kindOf, kinds } from './kinds.ts';

/** Checks every type that is the BTF's own. Throws FormatError. */
export function checkTypes(btf: Btf): void {
  for (let id = btf.firstId; id < btf.endId; id++) {
    const kind = kinds[btf.kind(id)];
    checkName(btf, id, btf.nameOffset(id), '');
    if (kind === undefined) continue;
    if (kind.typed) checkId(btf, id, btf.type(id), 'refers to');
    if (kind.each > 0) checkElements(btf, id, kind.each, kind.names, kind.types);
    checks[btf.kind(id)]?.(btf, id);
  }
  checkChains(btf);
}

function checkName(btf: Btf, id: number, offset: number, where: string): void {
  if (offset >= btf.endString) btf.fail(id, `${where}name offset ${offset} past end (${btf.endString})`);
  if (offset < btf.firstString && offset > 0 && !btf.isStringStart(offset)) {
    btf.fail(id, `${where}name offset ${offset} is in the middle of the base's string "${wholeString(btf, offset)}": this BTF was made for another base`);
  }
}

function checkId(btf: Btf, id: number, target: number, verb: string): void {
  if (target >= btf.endId) btf.fail(id, `${verb} type ${target} past end (${btf.endId})`);
}

function checkElements(btf: Btf, id: number, each: number, names: number | undefined, types: number | undefined): void {
  const words = btf.words;
  let at = btf.start(id) + 3;
  for (let index = 0; index < btf.vlen(id); index++, at += each) {
    if (names !== undefined) {
      const offset = words[at + names] ?? 0;
      if (offset >= btf.endString || offset < btf.firstString) checkName(btf, id, offset, `member ${index}: `);
    }
    if (types !== undefined) {
      const target = words[at + types] ?? 0;
      if (target >= btf.endId) checkId(btf, id, target, `member ${index}: refers to`);
    }
  }
}

type Check = (btf: Btf, id: number) => void;

/** Rules of single kinds, by kind number. */
const checks: readonly (Check | undefined)[] = Object.entries({
  [kindOf.INT]: checkInt,
  [kindOf.ARRAY]: checkArray,
  [kindOf.STRUCT]: checkRecord,
  [kindOf.UNION]: checkRecord,
  [kindOf.ENUM]: checkEnum,
  [kindOf.ENUM64]: checkEnum,
  [kindOf.TYPEDEF]: checkNamed,
  [kindOf.FUNC]: checkFunction,
  [kindOf.VAR]: checkNamed,
  [kindOf.DATASEC]: checkSection,
  [kindOf.FLOAT]: checkFloat,
  [kindOf.DECL_TAG]: checkDeclTag,
  [kindOf.TYPE_TAG]: checkNamed,
}).reduce<Check[]>((table, [kind, check]) => {
  table[Number(kind)] = check;
  return table;
}, []);

function checkNamed(btf: Btf, id: number): void {
  if (btf.nameOffset(id) === 0) btf.fail(id, `${kindName(btf.kind(id))} without a name`);
}

function checkInt(btf: Btf, id: number): void {
  const encoding = btf.extra(id, 0);
  const bits = encoding & 0xff;
  const offset = (encoding >>> 16) & 0xff;
  const size = btf.size(id);
  if (![1, 2, 4, 8, 16, 32].includes(size)) btf.fail(id, `INT of ${size} bytes`);
  if (bits > 128 || offset + bits > 8 * size) btf.fail(id, `INT of ${size} bytes with ${bits} bits from bit ${offset}`);
}

function checkFloat(btf: Btf, id: number): void {
  const size = btf.size(id);
  if (![2, 4, 8, 12, 16].includes(size)) btf.fail(id, `FLOAT of ${size} bytes`);
}

function checkArray(btf: Btf, id: number): void {
  checkId(btf, id, btf.extra(id, 0), 'has elements of');
  checkId(btf, id, btf.extra(id, 1), 'has an index of');
}

function checkRecord(btf: Btf, id: number): void {
  const packed = btf.flag(id);
  const end = 8 * btf.size(id);
  const words = btf.words;
  let at = btf.start(id) + 3;
  for (let index = 0; index < btf.vlen(id); index++, at += 3) {
    const place = words[at + 2] ?? 0;
    const bit = packed ? place & 0xffffff : place;
    const width = packed ? place >>> 24 : 0;
    if (bit + width > end) btf.fail(id, `member ${index}: bit ${bit}, ${width} wide, in ${btf.size(id)} bytes`);
  }
}

function checkEnum(btf: Btf, id: number): void {
  const size = btf.size(id);
  if (![1, 2, 4, 8].includes(size)) btf.fail(id, `${kindName(btf.kind(id))} of ${size} bytes`);
}

function checkFunction(btf: Btf, id: number): void {
  checkNamed(btf, id);
  const kind = btf.kind(btf.type(id));
  if (kind !== kindOf.FUNC_PROTO) btf.fail(id, `FUNC refers to type ${btf.type(id)}, which is ${kindName(kind)}, not FUNC_PROTO`);
}

function checkSection(btf: Btf, id: number): void {
  checkNamed(btf, id);
  for (let index = 0; index < btf.vlen(id); index++) {
    const variable = btf.extra(id, 3 * index);
    const kind = btf.kind(variable);
    if (kind !== kindOf.VAR && kind !== kindOf.FUNC) btf.fail(id, `entry ${index}: refers to type ${variable}, which is ${kindName(kind)}, not VAR`);
  }
}

function checkDeclTag(btf: Btf, id: number): void {
  checkNamed(btf, id);
  const target = btf.type(id);
  const component = btf.extra(id, 0) | 0;
  if (component < -1) btf.fail(id, `DECL_TAG of component ${component}`);
  if (component === -1) return;
  const holder = btf.kind(target) === kindOf.FUNC ? btf.type(target) : target;
  const kind = btf.kind(holder);
  const count = kind === kindOf.STRUCT || kind === kindOf.UNION || kind === kindOf.FUNC_PROTO ? btf.vlen(holder) : 0;
  if (component >= count) btf.fail(id, `DECL_TAG of component ${component}, type ${target} has ${count}`);
}

/** Types that a walk may pass through without meeting a name: a circle of them would have no end. */
const passing: ReadonlySet<number> = new Set([kindOf.PTR, kindOf.ARRAY, kindOf.TYPEDEF, kindOf.VOLATILE, kindOf.CONST, kindOf.RESTRICT, kindOf.TYPE_TAG]);

/** Chains of pointers, typedefs, qualifiers, tags and arrays must end. */
function checkChains(btf: Btf): void {
  const ends = new Uint8Array(btf.endId - btf.firstId);
  const chain: number[] = [];
  for (let first = btf.firstId; first < btf.endId; first++) {
    let id = first;
    while (id >= btf.firstId && ends[id - btf.firstId] === 0 && passing.has(btf.kind(id))) {
      ends[id - btf.firstId] = 2;
      chain.push(id);
      id = btf.kind(id) === kindOf.ARRAY ? btf.extra(id, 0) : btf.type(id);
    }
    if (id >= btf.firstId && ends[id - btf.firstId] === 2) btf.fail(id, `a circle of ${kindName(btf.kind(id))} that never ends`);
    for (const each of chain) ends[each - btf.firstId] = 1;
    chain.length = 0;
  }
}

/** The string around an offset, for a message. */
function wholeString(btf: Btf, offset: number): string {
  let start = offset;
  while (start > 0 && !btf.isStringStart(start)) start--;
  return btf.string(start);
}
