// Compiles a script and runs it, lists its probes, or shows a stage of the compiler: which script, which parameters, and what is to be done with it.
import { readFileSync } from 'node:fs';
import { append } from '../../base/append.ts';
import { hasWildcard } from '../../base/glob.ts';
import { plural } from '../../base/plural.ts';
import { SourceText } from '../../base/span.ts';
import { renderDiagnostic } from '../../base/diagnostic.ts';
import { UsageError, VerifierError } from '../../base/errors.ts';
import type { Spec } from '../../bpf/spec.ts';
import type { RunOptions } from '../../runtime/options.ts';
import type { ScriptRequest } from '../../app/compile.ts';
import { checkKernels } from '../../app/checkkernels.ts';
import { compileScript } from '../../app/compile.ts';
import { runScript } from '../../app/run.ts';
import { nearest } from '../../ctype/suggest.ts';
import { chunk } from '../chunk.ts';
import { commands } from '../names.ts';
import { complain, print } from '../print.ts';
import { progressLine } from '../progress.ts';
import { reporting } from '../report.ts';
import { table } from '../table.ts';
import type { HeadersPart } from './headers.ts';
import type { TraceOptions } from '../traceoptions.ts';

export async function main(options: TraceOptions, words: readonly string[]): Promise<number> {
  return await reporting(() => script(options, words));
}

async function script(options: TraceOptions, words: readonly string[]): Promise<number> {
  const request = readRequest(options, words);
  if (options.check === true && options.kernel !== undefined && hasWildcard(options.kernel)) return await onKernels(request, options.kernel, options);
  const compiled = await compileScript(request, { ...catalogOptions(options), progress: progressLine() });
  for (const diagnostic of compiled.diagnostics) {
    if (diagnostic.severity === 'error' || options.warnings) complain(renderDiagnostic(request.source, diagnostic));
  }
  if (compiled.spec === undefined && options.debug !== 'ast') return 1;
  if (options.list === true && compiled.spec !== undefined) {
    print([...new Set(compiled.spec.programs.filter((program) => program.attach.kind !== 'begin' && program.attach.kind !== 'end').map((program) => `${program.title}\n`))].join(''));
    return 0;
  }
  if (options.debug !== undefined && options.debug !== 'verifier') {
    print(compiled.dump(options.debug));
    return compiled.spec === undefined ? 1 : 0;
  }
  if (compiled.spec === undefined) return 1;
  if (options.check === true) return 0;
  return await explained(compiled.spec, options.verbose === true, {
    format: options.f,
    output: options.output,
    buffering: options.B,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    warnings: options.warnings,
    verifierLog: options.debug === 'verifier',
    dryRun: options.dryRun === true,
    pid: options.pid,
    command: options.cmd,
    progress: progressLine(),
  });
}

/** A line for each kernel that is called so on standard output, what is wrong below: once for all kernels that say the same. */
async function onKernels(request: ScriptRequest, glob: string, options: TraceOptions): Promise<number> {
  if (options.debug !== undefined) throw new UsageError('-d shows one kernel', `'${glob}' may mean several`);
  const rows: string[][] = [['KERNEL', 'ARCH', 'SCRIPT']];
  const complaints = new Map<string, string[]>();
  let status = 0;
  for await (const { name, arch, diagnostics, works } of checkKernels(glob, request, { db: options.db, progress: progressLine() })) {
    const told = diagnostics.filter(({ severity }) => severity === 'error' || options.warnings);
    const errors = told.filter(({ severity }) => severity === 'error').length;
    const warnings = told.filter(({ severity }) => severity === 'warning').length;
    if (!works) status = 1;
    rows.push([name, arch ?? '-', works ? `works${warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`}` : `does not compile: ${plural(errors, 'error')}`]);
    if (told.length > 0) append(complaints, told.map((each) => renderDiagnostic(request.source, each)).join(''), name);
  }
  print(table(rows));
  for (const [text, names] of complaints) complain(`\n${names.join(', ')}:\n${text}`);
  return status;
}

/** A rejection by the verifier is shown at the script's text that made the instruction; its whole log with -v. */
async function explained(spec: Spec, verbose: boolean, options: RunOptions): Promise<number> {
  try {
    return await runScript(spec, options);
  } catch (error) {
    if (!(error instanceof VerifierError) || error.span === undefined) throw error;
    const hint = verbose ? undefined : 'the whole log of the verifier: -v';
    const source = new SourceText(spec.source.name, spec.source.text);
    complain(renderDiagnostic(source, { code: 'verifier', severity: 'error', span: error.span, message: error.message, ...(hint === undefined ? {} : { hint }) }));
    if (verbose) complain(error.log);
    return 1;
  }
}

function catalogOptions(options: TraceOptions): { db: string | undefined; kernel: string | undefined } {
  return { db: options.db, kernel: options.kernel };
}

function readRequest(options: TraceOptions, words: readonly string[]): ScriptRequest {
  if (options.kernel !== undefined && options.check !== true && options.list !== true && (options.debug === undefined || options.debug === 'verifier')) {
    throw new UsageError('--kernel is for -l, -d and btfly check: a script runs on the kernel that is there');
  }
  if (options.pid !== undefined && options.cmd !== undefined) throw new UsageError('Cannot use both -c and -p.');
  const [file, ...rest] = words;
  if (options.e === undefined && file === undefined) throw new UsageError('no script: give a file, - for standard input, or -e PROGRAM');
  const source = options.e === undefined ? readSource(file ?? '-') : new SourceText('stdin', options.e);
  const parameters = options.e === undefined ? rest : words;
  return {
    source: withIncludes(source, options.include ?? []),
    positional: parameters.filter((word) => !word.startsWith('--')),
    named: namedParameters(parameters),
    includeDirectories: options.I ?? [],
    openC: (place, text) => chunk<HeadersPart>('headers').openC(place, text),
    unsafe: options.unsafe === true,
  };
}

function readSource(file: string): SourceText {
  if (file === '-') return new SourceText('stdin', readFileSync(0, 'utf8'));
  try {
    return new SourceText(file, readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UsageError(`failed to open file '${file}': No such file or directory`, whatIsMeant(file));
    if (code === 'EISDIR') throw new UsageError(`failed to open file '${file}': it is a directory`);
    if (code === 'EACCES') throw new UsageError(`failed to open file '${file}': Permission denied`);
    throw error;
  }
}

/** A program without -e, or a subcommand that is misspelt. */
function whatIsMeant(file: string): string | undefined {
  if (file.includes('{')) return 'a program on the command line stands behind -e';
  const [near] = file.includes('/') ? [] : nearest(file, Object.keys(commands), 1);
  return near === undefined ? undefined : `there is a command: btfly ${near}`;
}

/** The added lines are hidden: every line of the script keeps its number. */
function withIncludes(source: SourceText, includes: readonly string[]): SourceText {
  if (includes.length === 0) return source;
  return new SourceText(source.name, `${includes.map((file) => `#include "${file}"\n`).join('')}${source.text}`, includes.length);
}

function namedParameters(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words
      .filter((word) => word.startsWith('--'))
      .map((word) => {
        const [name, ...value] = word.slice(2).split('=');
        return [name ?? '', value.length === 0 ? 'true' : value.join('=')] as const;
      }),
  );
}
