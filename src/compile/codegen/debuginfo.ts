// BTF of the programs of a Spec: their functions, without which the kernel takes no callbacks, and the script's lines for the verifier's log.
import type { SourceText, Span } from '../../base/span.ts';
import { BtfWriter } from '../../bpf/btf.ts';
import type { ProgramSpec } from '../../bpf/spec.ts';
import type { Generated } from './codegen.ts';

/** Collects what one BTF says of all programs. */
export class DebugInfo {
  readonly #btf = new BtfWriter();

  /** Functions and lines of a program, as a ProgramSpec wants them. */
  describe(generated: Generated, source: SourceText): Pick<ProgramSpec, 'functions' | 'lines'> {
    const functions = generated.functions.map(({ name, start, params }, index) => ({ name, start, btfType: this.#function(name, params, index === 0) }));
    return { functions, lines: this.#lines(generated, source) };
  }

  bytes(): Uint8Array {
    return this.#btf.bytes();
  }

  /** The verifier knows better than these types what parameters are; they only have to be there. */
  #function(name: string, params: number, program: boolean): number {
    const pointer = this.#btf.pointer(0);
    const list = Array.from({ length: params }, (_, index) => ({ name: `p${index}`, type: pointer }));
    return this.#btf.func(name, this.#btf.prototype(this.#btf.int('int', 4, true), list), program ? 'global' : 'static');
  }

  /** One record where the place in the script changes; every function must begin with one. */
  #lines({ functions, spans }: Generated, source: SourceText): ProgramSpec['lines'] {
    const starts = new Set(functions.map(({ start }) => start));
    const [first] = spans.filter((span) => span !== null);
    if (first === undefined) return [];
    const lines: ProgramSpec['lines'][number][] = [];
    let last: Span = first;
    spans.forEach((span, insn) => {
      const here: Span = span ?? last;
      if (!starts.has(insn) && here.start === last.start) return;
      const { line, column } = source.position(here.start);
      const text = this.#btf.string(source.line(line).trim());
      lines.push({ insn, file: this.#btf.string(source.name), text, line, column });
      last = here;
    });
    return lines;
  }
}
