// The switches of bpftrace's own command line, as the command passes them to its parts.

/** As commander names them: the letter of the switch. */
export interface TraceOptions {
  readonly e?: string;
  readonly l?: boolean;
  readonly v?: boolean;
  readonly q?: boolean;
  readonly p?: number;
  readonly c?: string;
  readonly o?: string;
  readonly f: 'text' | 'json';
  readonly B?: 'line' | 'full' | 'none';
  readonly d?: 'ast' | 'types' | 'ir' | 'asm' | 'verifier';
  readonly I?: readonly string[];
  readonly include?: readonly string[];
  /** False with --no-warnings. */
  readonly warnings: boolean;
  readonly unsafe?: boolean;
  readonly dryRun?: boolean;
  readonly db?: string;
  readonly kernel?: string;
  readonly info?: boolean;
  /** `btfly check`: compile and say what is wrong, attach nothing. */
  readonly check?: boolean;
}

/** Serves a command line whose switches are read; resolves to the exit status. */
export interface Part {
  readonly main: (options: TraceOptions, words: readonly string[]) => Promise<number>;
}
