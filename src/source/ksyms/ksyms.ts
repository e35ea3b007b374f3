// kallsyms and System.map: names of the kernel's functions, the compiler's clones of them among them. Addresses change with every boot
// and are not kept.

export interface FunctionSymbol {
  /** `tcp_sendmsg`, `finish_task_switch.isra.0`. */
  readonly name: string;
  /** null for vmlinux. */
  readonly module: string | null;
}

/**
 * Functions (symbol types t, T, w, W) in order of the file. Left out: what is no function of its own (`__pfx_`, `.cold` parts), what the
 * kernel makes at run time (BPF programs, trampolines), and what lies among the data (7.2 calls 20,000 of its data t and T).
 */
export function readFunctionSymbols(text: string): readonly FunctionSymbol[] {
  const symbols: FunctionSymbol[] = [];
  const isData = dataOf(text);
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const symbol = readLine(text.slice(start, end));
    if (symbol !== undefined && !isData(text.slice(start, text.indexOf(' ', start)))) symbols.push(symbol);
    start = end + 1;
  }
  return symbols;
}

/** The function that a clone was made of: `finish_task_switch` for `finish_task_switch.isra.0`; null for an ordinary name. */
export function cloneOf(name: string): string | null {
  const dot = name.indexOf('.', 1);
  return dot < 0 ? null : name.slice(0, dot);
}

const functionTypes: ReadonlySet<string> = new Set(['t', 'T', 'w', 'W']);

/** Whether an address is vmlinux's `.data`: between the symbols that bound it, where the table has them and shows addresses. */
function dataOf(text: string): (address: string) => boolean {
  const [first, last] = ['_sdata', '_edata'].map((name) => addressOf(text, name));
  if (first === undefined || last === undefined || first.length !== last.length || first >= last) return () => false;
  // Hexadecimal of equal length: as texts they stand in the same order.
  return (address) => address.length === first.length && address >= first && address < last;
}

function addressOf(text: string, name: string): string | undefined {
  const found = text.indexOf(` ${name}\n`);
  return found < 0 ? undefined : text.slice(text.lastIndexOf('\n', found) + 1, text.indexOf(' ', text.lastIndexOf('\n', found) + 1));
}

/** `ffffffff81000000 T name\t[module]`; the address is hexadecimal of any length. */
function readLine(line: string): FunctionSymbol | undefined {
  const blank = line.indexOf(' ');
  if (blank < 0 || !functionTypes.has(line.charAt(blank + 1)) || line.charAt(blank + 2) !== ' ') return undefined;
  const tab = line.indexOf('\t', blank + 3);
  const name = line.slice(blank + 3, tab < 0 ? undefined : tab);
  if (notFunctions.test(name)) return undefined;
  if (tab < 0) return { name, module: null };
  const module = line.slice(tab + 1).replace(/^\[|\]$/g, '');
  return generated.test(module) ? undefined : { name, module };
}

const notFunctions = /^$|^__pfx_|\.cold(?:\.\d+)?$|^__SCT__|^__(?:start|stop)_/;

/** `bpf`, `__builtin__ftrace`, `__builtin__kprobes`: code that was not built with the kernel. */
const generated = /^bpf$|^__builtin__/;
