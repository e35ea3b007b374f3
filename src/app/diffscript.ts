// `btfly diff K1 K2 --only-used-by script.bt`: what of the differences between two kernels a script would notice.
import { DiagnosticSink, renderDiagnostic } from '../base/diagnostic.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { UsageError } from '../base/errors.ts';
import type { Types } from '../ctype/types.ts';
import { Usage } from '../catalog/usage.ts';
import { compareUsage, type Finding, type NumberedArguments, type Severity } from '../catalog/usagediff.ts';
import { parseScript } from '../compile/compile.ts';
import type { AttachPoint } from '../compile/lang/ast.ts';
import { eachExpression } from '../compile/sema/walk.ts';
import type { Both } from '../resolve/diffrecord.ts';
import { compileFor, readerOfC, type ScriptRequest } from './compile.ts';
import { withKernels } from './diff.ts';
import type { ReadC } from '../ctype/cpart.ts';
import { locationOf, type KernelChoice, type OpenKernel } from './kernel.ts';

export interface ScriptDifferences {
  readonly kernels: Both<string>;
  /** What breaks first, what compiling again follows last. */
  readonly findings: readonly Finding[];
  /** Errors that the script has on the later kernel, and those warnings that it has only there. */
  readonly diagnostics: readonly Diagnostic[];
  /** Nothing breaks. */
  readonly works: boolean;
  text(): string;
  /** One object; with a line end. */
  json(): string;
}

/** Throws UsageError where the script does not compile for the earlier kernel: nothing is known of what it uses then. */
export async function diffScript(names: Both<string>, request: ScriptRequest, choice: Omit<KernelChoice, 'kernel'>): Promise<ScriptDifferences> {
  return await withKernels(names, choice, async (before, after) => {
    // Both are compiled with what the catalog says: headers of this machine are those of neither.
    const readC = await readerOfC(before, request, undefined, locationOf(choice));
    return diffScriptIn(before, after, request, readC);
  });
}

/** What of an open kernel is needed. */
export type ScriptKernel = Pick<OpenKernel, 'arch' | 'features' | 'probes'> & { readonly image: Pick<OpenKernel['image'], 'kernel'> & Types; types(module: string | null): Types };

/** The same for kernels that are open already. */
export function diffScriptIn(before: ScriptKernel, after: ScriptKernel, request: ScriptRequest, readC: ReadC | undefined): ScriptDifferences {
  const usage = new Usage();
  const views = new Map<string | null, Types>();
  const recorded = (module: string | null): Types => {
    const view = views.get(module) ?? usage.types(before.types(module));
    views.set(module, view);
    return view;
  };
  const first = compileFor({ arch: before.arch, features: before.features, readC }, request, recorded, usage.probesOf(before.probes));
  const errors = first.diagnostics.filter(isError);
  if (errors.length > 0) {
    throw new UsageError(`${request.source.name} does not compile for ${before.image.kernel.name} to begin with\n${errors.map((each) => renderDiagnostic(request.source, each)).join('').trimEnd()}`);
  }
  const second = compileFor({ arch: after.arch, features: after.features, readC }, request, (module) => after.types(module), after.probes);
  const known = new Set(first.diagnostics.map(({ message }) => message));
  const diagnostics = second.diagnostics.filter((each) => isError(each) || !known.has(each.message));
  const side = (kernel: ScriptKernel) => ({ types: kernel.types(null), probes: kernel.probes, arch: kernel.arch });
  const findings = compareUsage(usage, side(before), side(after), numberedArguments(request, readC, before));
  const works = !diagnostics.some(isError) && !findings.some(({ severity }) => severity === 'breaks');
  const kernels = { before: before.image.kernel.name, after: after.image.kernel.name };
  return {
    kernels, findings, diagnostics, works,
    text: () => text(request, kernels, findings, diagnostics),
    json: () => `${JSON.stringify({ script: request.source.name, ...kernels, works, findings, diagnostics: diagnostics.map((each) => ({ ...each, text: renderDiagnostic(request.source, each) })) }, undefined, 2)}\n`,
  };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** `arg0` and the like, by the name of the probe that reads them; those of macros count for every probe. */
function numberedArguments({ source, positional }: ScriptRequest, readC: ReadC | undefined, kernel: Pick<ScriptKernel, 'types'>): readonly NumberedArguments[] {
  const { script } = parseScript({ source, positional, readC, types: (module) => kernel.types(module) }, new DiagnosticSink());
  const numbersIn = (...nodes: readonly (Parameters<typeof eachExpression>[0] | null)[]): readonly number[] => {
    const numbers: number[] = [];
    for (const node of nodes) {
      if (node === null) continue;
      eachExpression(node, (expression) => {
        const [, digits] = (expression.kind === 'identifier' ? /^arg(\d+)$/.exec(expression.name) : null) ?? [];
        if (digits !== undefined) numbers.push(Number(digits));
        return true;
      });
    }
    return numbers;
  };
  const shared = script.declarations.flatMap((each) => (each.kind === 'macro' ? numbersIn(each.body, each.result) : []));
  return script.declarations.flatMap((each) => {
    if (each.kind !== 'probe') return [];
    const numbers = new Set([...shared, ...numbersIn(each.predicate, each.body)]);
    return numbers.size === 0 ? [] : each.attachPoints.map((point) => ({ name: functionOf(point), numbers }));
  });
}

function functionOf({ parts }: AttachPoint): string {
  return (parts.at(-1)?.text ?? '').replace(/\+.*$/, '');
}

const heads: Readonly<Record<Severity, string>> = {
  breaks: 'Breaks:', differs: 'Is there, and differs:', moved: 'Moved, which compiling again follows:',
};

function text({ source }: ScriptRequest, { before, after }: Both<string>, findings: readonly Finding[], diagnostics: readonly Diagnostic[]): string {
  const head = `${source.name}: ${before} -> ${after}\n`;
  const errors = diagnostics.some(isError) ? `Does not compile for ${after}:\n` : '';
  const said = diagnostics.map((each) => renderDiagnostic(source, each)).join('');
  const groups = (['breaks', 'differs', 'moved'] as const).flatMap((severity) => {
    const lines = findings.filter((each) => each.severity === severity).map(({ thing, text: what }) => `    ${thing}: ${what}\n`);
    return lines.length === 0 ? [] : [`${heads[severity]}\n${lines.join('')}`];
  });
  if (groups.length === 0 && said === '') return `${head}Nothing that it uses is different.\n`;
  return [head + errors + said, ...groups].join('\n').replace(/^(.*\n)\n/, '$1');
}
