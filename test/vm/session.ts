// Runs a tracer in the guest beside the load, the way a person would: start it, wait until it is attached, let it run, press Ctrl-C.
import type { Load, Sent } from './load.ts';
import { readSent, sentFile } from './load.ts';
import type { JobResult, Machine } from './machine.ts';

export interface Session {
  /** Shell text that starts the tracer. */
  readonly command: string;
  /** Seconds between attaching and Ctrl-C; undefined: the script ends by itself. */
  readonly seconds?: number | undefined;
  /** Shell text to run once the tracer is attached. */
  readonly during?: string | undefined;
}

export interface SessionResult extends JobResult {
  readonly load: Load;
  /** How much of the load the tracer has seen for certain: sent between attaching and Ctrl-C (or the second after attaching). */
  readonly certain: Sent;
  /** How much of the load it can have seen: sent between the start of the tracer and its end. */
  readonly possible: Sent;
  /** Seconds from attaching to Ctrl-C, as the guest's clock counts them. */
  readonly seconds: number;
  /** Seconds from start to end. */
  readonly allSeconds: number;
}

/** The first run indexes the kernel; that takes a minute on a busy machine. */
const sessionMs = 280_000;

export async function trace(machine: Machine, load: Load, { command, seconds, during = '' }: Session): Promise<SessionResult> {
  const { stdout, stderr, status } = await machine.run(`
    set -m
    now() { IFS= read -r sent < ${sentFile}; read -r up rest < /proc/uptime; echo "$sent;$up" >> /tmp/marks; }
    rm -f /tmp/marks /tmp/out
    now
    ${command} > /tmp/out & tracer=$!
    until grep -q '^Attached' "\${0%.sh}.err"; do
      kill -0 $tracer 2> /dev/null || break
      sleep 0.1
    done
    now
    ${during}
    sleep ${seconds ?? 1}
    now
    ${seconds === undefined ? '' : 'kill -INT $tracer'}
    wait $tracer; status=$?
    now
    cat /tmp/marks /tmp/out
    exit $status`, { timeoutMs: sessionMs });
  const lines = stdout.split('\n');
  const [start, attached, interrupted, end] = lines.slice(0, 4).map(readMark);
  if (!start || !attached || !interrupted || !end) throw new Error(`the session was not finished:\n${stdout}\n${stderr}`);
  return {
    stdout: lines.slice(4).join('\n'),
    stderr,
    status,
    load,
    // The count is written behind the message.
    certain: between(attached.sent, interrupted.sent, -1),
    possible: between(start.sent, end.sent, 1),
    seconds: interrupted.uptime - attached.uptime,
    allSeconds: end.uptime - start.uptime,
  };
}

interface Mark {
  readonly sent: Sent;
  readonly uptime: number;
}

function readMark(line: string): Mark {
  const [sent = '', uptime = ''] = line.split(';');
  return { sent: readSent(sent), uptime: Number(uptime) };
}

function between(first: Sent, last: Sent, allowance: number): Sent {
  return { small: last.small - first.small + allowance, large: last.large - first.large + allowance };
}
