// Runs btfly in the guest beside a load, the way a person would: start it, wait until it is attached, let it run, press Ctrl-C.
import { root } from './paths.ts';
import type { JobResult, Machine } from './machine.ts';

export interface Session {
  /** Words after `btfly`, as a shell would get them. */
  readonly args: readonly string[];
  /** Seconds between attaching and Ctrl-C; undefined: the script ends by itself. */
  readonly seconds?: number;
  /** Shell text to run once btfly is attached. */
  readonly during?: string;
}

export interface SessionResult extends JobResult {
  readonly clientPort: number;
  readonly serverPort: number;
}

/** The load runs from before the start until after the end. */
export async function traceUnderLoad(machine: Machine, session: Session): Promise<SessionResult> {
  const stop = session.seconds === undefined ? '' : `sleep ${session.seconds}; kill -INT $T;`;
  const result = await machine.run(`
    cd ${root}
    node test/vm/load.cjs > /tmp/ports & L=$!
    while ! [ -s /tmp/ports ]; do sleep 0.1; done
    node bin/btfly ${session.args.map(quote).join(' ')} > /tmp/out 2> /tmp/err & T=$!
    for i in $(seq 600); do
      grep -q 'Attached' /tmp/err && break
      kill -0 $T 2> /dev/null || break
      sleep 0.1
    done
    ${session.during ?? ''}
    ${stop}
    wait $T; S=$?
    kill $L
    cat /tmp/ports /tmp/out; cat /tmp/err >&2
    exit $S`);
  const [ports = '', ...lines] = result.stdout.split('\n');
  const [clientPort = 0, serverPort = 0] = ports.split(' ').map(Number);
  return { ...result, stdout: lines.join('\n'), clientPort, serverPort };
}

export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
