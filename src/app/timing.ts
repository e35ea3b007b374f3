// Phases of a start and a run, for BTFLY_TIMING=1: milliseconds since the process began.

const wanted = process.env['BTFLY_TIMING'] === '1';

/** Says that a phase is over. */
export function mark(phase: string): void {
  if (wanted) process.stderr.write(`${performance.now().toFixed(1).padStart(8)} ms  ${phase}\n`);
}
