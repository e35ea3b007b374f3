// The script's `config = { … }` block: names as bpftrace has them, in any case and with its prefix; the environment's settings win.
import type { DiagnosticSink } from '../../base/diagnostic.ts';
import { nearest } from '../../ctype/suggest.ts';
import type { ConfigEntry } from '../lang/ast.ts';
import type { CompileConfig } from './builtin.ts';

/** Defaults, under the script's own block, under what was given from outside. */
export function settleConfig(entries: readonly ConfigEntry[], given: Partial<CompileConfig>, sink: DiagnosticSink): CompileConfig {
  let config = defaults;
  for (const entry of entries) config = { ...config, ...readEntry(entry, sink) };
  const outside = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...config, ...outside };
}

/** Reads one setting by bpftrace's name, as the command line does with the environment's. */
export function readSetting(name: string, value: string | bigint): Partial<CompileConfig> | { readonly wrong: string } {
  const key = name.toLowerCase().replace(/^bpftrace_/, '');
  const setting = settings.get(renamed.get(key) ?? key);
  if (setting === undefined) return ignored.has(key) ? {} : { wrong: `Unrecognized config variable: ${name}` };
  return setting(value) ?? { wrong: `Invalid value for ${name}: ${value}` };
}

function readEntry(entry: ConfigEntry, sink: DiagnosticSink): Partial<CompileConfig> {
  const read = readSetting(entry.name, entry.value);
  if (!('wrong' in read)) return read;
  const near = nearest(entry.name, settings.keys(), 1)[0];
  sink.error('config', entry.span, read.wrong, near === undefined || settings.has(entry.name.toLowerCase()) ? {} : { hint: `Did you mean ${near}?` });
  return {};
}

const defaults: CompileConfig = {
  maxStringLength: 1024,
  maxMapKeys: 4096,
  maxProbes: 1024,
  maxPrograms: 1024,
  onStackLimit: 32,
  stackMode: 'bpftrace',
  truncationTrailer: '..',
  maxCatBytes: 10240,
  missingProbes: 'error',
  printMapsOnExit: true,
  license: 'GPL',
  ringPages: undefined,
  verifierLogSize: 1_000_000,
};

type Reader = (value: string | bigint) => Partial<CompileConfig> | undefined;

const number = (make: (value: number) => Partial<CompileConfig>, least = 1, most = 2 ** 31 - 1): Reader => (value) => {
  const text = String(value);
  const count = /^\d+$/.test(text) ? Number(text) : -1;
  return count >= least && count <= most ? make(count) : undefined;
};

const flag = (make: (value: boolean) => Partial<CompileConfig>): Reader => (value) => {
  const text = String(value).toLowerCase();
  return text === 'true' || text === '1' ? make(true) : text === 'false' || text === '0' ? make(false) : undefined;
};

function oneOf<T extends string>(words: readonly T[], make: (value: T) => Partial<CompileConfig>): Reader {
  return (value) => {
    const found = words.find((word) => word.toLowerCase() === String(value).toLowerCase());
    return found === undefined ? undefined : make(found);
  };
}

const settings: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['max_strlen', number((maxStringLength) => ({ maxStringLength }), 1, 65536)],
  ['max_map_keys', number((maxMapKeys) => ({ maxMapKeys }))],
  ['max_probes', number((maxProbes) => ({ maxProbes }))],
  ['max_bpf_progs', number((maxPrograms) => ({ maxPrograms }))],
  ['on_stack_limit', number((onStackLimit) => ({ onStackLimit }), 0, 512)],
  ['stack_mode', oneOf(['bpftrace', 'perf', 'raw', 'build_id'], (stackMode) => ({ stackMode }))],
  ['str_trunc_trailer', (value) => ({ truncationTrailer: String(value) })],
  ['max_cat_bytes', number((maxCatBytes) => ({ maxCatBytes }))],
  ['missing_probes', oneOf(['error', 'warn', 'ignore'], (missingProbes) => ({ missingProbes }))],
  ['print_maps_on_exit', flag((printMapsOnExit) => ({ printMapsOnExit }))],
  ['license', oneOf(['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'], (license) => ({ license }))],
  ['perf_rb_pages', number((ringPages) => ({ ringPages }))],
  ['log_size', number((verifierLogSize) => ({ verifierLogSize }))],
]);

const renamed: ReadonlyMap<string, string> = new Map([
  ['strlen', 'max_strlen'], ['cat_bytes_max', 'max_cat_bytes'], ['map_keys_max', 'max_map_keys'],
]);

/** Settings of bpftrace that change nothing here. */
const ignored: ReadonlySet<string> = new Set([
  'cache_user_symbols', 'cpp_demangle', 'no_cpp_demangle', 'lazy_symbolication', 'show_debug_info', 'use_blazesym', 'symbol_source', 'max_type_res_iterations',
  'unstable_tseries', 'unstable_dw_ustack', 'unstable_import_statement', 'unstable_typeinfo', 'unstable_addr', 'unstable_import', 'unstable_macro', 'unstable_map_decl',
]);
