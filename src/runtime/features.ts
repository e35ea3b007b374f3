// What the running kernel can do, found by trying, and only when a script needs to know.
import { encode, exit, movImm } from '../bpf/asm.ts';
import { SysError } from '../base/errors.ts';
import { kprobeMulti } from '../sys/link.ts';
import { progLoad } from '../sys/prog.ts';

let multi: Promise<boolean> | undefined;

/**
 * Whether kprobe.multi links work: the load succeeds on kernels without fprobe, only the link tells.
 * @param symbol a function to try it on; nothing is counted or changed
 */
export function kprobeMultiWorks(symbol: string): Promise<boolean> {
  return (multi ??= tryMulti(symbol));
}

async function tryMulti(symbol: string): Promise<boolean> {
  const code = encode([movImm(0, 0), exit()]);
  const loaded = await progLoad({ name: 'btfly_multi', type: 'kprobe', attachType: 'kprobe_multi', code, license: 'GPL', logLevel: 0, logSize: 4096 }, false);
  if (loaded.fd === undefined) return false;
  try {
    const link = await kprobeMulti(loaded.fd, { symbols: [symbol] }, false, 'a trial');
    link.close();
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  } finally {
    loaded.fd.close();
  }
}
