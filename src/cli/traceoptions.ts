// The switches of bpftrace's own command line.

/** As commander names them: the long form, or the letter where there is none. */
export interface TraceOptions {
  readonly e?: string;
  readonly list?: boolean;
  readonly verbose?: boolean;
  readonly info?: boolean;
  readonly pid?: number;
  readonly cmd?: string;
  readonly output?: string;
  readonly f: 'text' | 'json';
  readonly B: 'line' | 'full' | 'none';
  readonly quiet?: boolean;
  /** False with --no-warnings. */
  readonly warnings: boolean;
  readonly I?: readonly string[];
  readonly include?: readonly string[];
  readonly unsafe?: boolean;
  readonly dryRun?: boolean;
  readonly debug?: Stage;
  readonly db?: string;
  readonly kernel?: string;
  /** `btfly check`: compile and say what is wrong, attach nothing. */
  readonly check?: boolean;
}

export const stages = ['ast', 'types', 'ir', 'asm', 'verifier'] as const;

export type Stage = (typeof stages)[number];

/** Serves a command line whose switches are read; resolves to the exit status. */
export interface Part {
  readonly main: (options: TraceOptions, words: readonly string[]) => Promise<number>;
}

/** What bpftrace has and btfly has not, and what serves instead. */
export const notHere: Readonly<Record<string, string>> = {
  '-k': 'reads that fail are not told of',
  '--warnings': 'reads that fail are not told of',
  '--dwarf-pid': 'stacks are not unwound by DWARF',
  '--usdt-file-activation': 'there are no USDT probes yet',
  '--debuginfo': 'DWARF is not read; types come from BTF',
  '--traceable-functions': 'the kernel is asked which functions can be traced',
  '--no-feature': 'what the kernel has is used',
  '--probe-filter': 'write the probes into the script that you want',
  '--mode': 'there is one mode: to run the script',
  '--test': 'there are no test: probes',
  '--bench': 'there are no bench: probes',
  '--fmt': 'scripts are not formatted',
  '--verify-llvm-ir': 'there is no LLVM here: -d ir shows what is compiled',
  '--emit-llvm': 'there is no LLVM here: -d ir shows what is compiled',
  '--emit-elf': 'no ELF file is made: -d asm shows the program',
  '--aot': 'scripts compile in milliseconds, on the machine that runs them',
};
