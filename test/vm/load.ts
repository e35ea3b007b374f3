// Traffic inside the guest, of which it is known who sends what, where and how often.
import type { Machine } from './machine.ts';

/** How many messages of 63 and of 10,000 bytes. */
export interface Sent {
  readonly small: number;
  readonly large: number;
}

export interface Load {
  /** Process that sends, `tcpload` by name. */
  readonly pid: number;
  readonly clientPort: number;
  readonly serverPort: number;
  sent(): Promise<Sent>;
  stop(): Promise<void>;
}

/** In the guest: how many were sent so far, for `readSent`. */
export const sentFile = '/tmp/tcpload.sent';

/** Runs until it is stopped, with 127.0.0.1 at both ends. */
export async function startLoad(machine: Machine): Promise<Load> {
  const started = await machine.run(`
    rm -f /tmp/tcpload.started
    node test/vm/load.cjs ${sentFile} > /tmp/tcpload.started 2>&1 < /dev/null &
    until [ -s /tmp/tcpload.started ]; do sleep 0.1; done
    cat /tmp/tcpload.started`);
  const [, pid, clientPort, serverPort] = (/^([0-9]+) ([0-9]+) ([0-9]+)\n$/.exec(started.stdout) ?? []).map(Number);
  if (pid === undefined || clientPort === undefined || serverPort === undefined) throw new Error(`the load did not start: ${started.stdout}${started.stderr}`);
  return {
    pid,
    clientPort,
    serverPort,
    sent: async () => readSent((await machine.run(`cat ${sentFile}`)).stdout),
    stop: async () => { await machine.run(`kill ${pid}; while kill -0 ${pid} 2> /dev/null; do sleep 0.1; done`); },
  };
}

export function readSent(text: string): Sent {
  const [, small, large] = /^ *([0-9]+) +([0-9]+)\n?$/.exec(text) ?? [];
  if (small === undefined || large === undefined) throw new Error(`${sentFile}: '${text}'`);
  return { small: Number(small), large: Number(large) };
}
