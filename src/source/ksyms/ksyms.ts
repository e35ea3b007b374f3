// kallsyms and System.map: names of the kernel's functions, the compiler's clones of them among them. Addresses change with every boot
// and are not kept.

export interface FunctionSymbol {
  /** `tcp_sendmsg`, `finish_task_switch.isra.0`. */
  readonly name: string;
  /** null for vmlinux. */
  readonly module: string | null;
}

/**
 * Functions (symbol types t, T, w, W) in order of the file. Left out: what is no function of its own (`__pfx_`, `.cold` parts) and what the
 * kernel makes at run time (BPF programs, trampolines).
 */
export function readFunctionSymbols(text: string): readonly FunctionSymbol[] {
  const symbols: FunctionSymbol[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const symbol = readLine(text.slice(start, end));
    if (symbol !== undefined) symbols.push(symbol);
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
