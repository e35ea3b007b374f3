// A virtual machine that runs one of Debian's kernels on this machine's own files, read-only, under qemu's emulation:
// whatever traces system-wide traces that kernel and not this one.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeInitrd } from './initrd.ts';
import type { Kernel } from './kernels.ts';
import { root } from './paths.ts';
import { quote } from './quote.ts';

export interface JobResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status of the script; 137 when it was killed. */
  readonly status: number;
}

export interface Share {
  /** Mount tag for `mount -t 9p`. */
  readonly tag: string;
  readonly path: string;
}

/**
 * Boots: six to nine seconds. Further folders can be shared, read-only, under a tag.
 * Throws with the end of the guest's console when it does not come up.
 */
export async function boot(kernel: Kernel, shares: readonly Share[] = []): Promise<Machine> {
  const folder = makeFolder(kernel);
  writeInitrd(kernel, join(folder, 'initrd'));
  copyFileSync(join(import.meta.dirname, 'guest.sh'), join(folder, 'guest.sh'));
  const settings = { PROJECT: root, NODE: dirname(process.execPath), RELEASE: kernel.release };
  writeFileSync(join(folder, 'settings'), Object.entries(settings).map(([name, value]) => `${name}=${quote(value)}\n`).join(''));
  writeFileSync(join(folder, 'console'), '');
  const log = openSync(join(folder, 'qemu'), 'w');
  // The kernel ends qemu with this process, however that ends.
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'qemu-system-x86_64', ...qemuArguments(kernel, folder, shares)], { stdio: ['pipe', 'pipe', log] });
  closeSync(log);
  const machine = new Machine(folder, qemu);
  await machine.ready(bootMs);
  return machine;
}

const cache = join(root, '.cache/vm');

/** What dead processes left is removed; its console was there to be read until now. */
function makeFolder({ series }: Kernel): string {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    if (!existsSync(`/proc/${name.split('-')[1] ?? ''}`)) rmSync(join(cache, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(cache, `${series}-${process.pid}-`));
}

const bootMs = 240_000;
/** How long a killed job may take to end, and the guest to power off. */
const endMs = 10_000;

interface Waiting {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: Error) => void;
}

export class Machine {
  #jobs = 0;
  /** Without having been told to. */
  #died = false;
  #ended = false;
  #stopped = false;
  readonly #waiting = new Map<string, Waiting>();
  readonly #exited: Promise<void>;
  readonly #kill = (): void => { this.#qemu.kill('SIGKILL'); };
  readonly #qemu: ChildProcess;

  /** @param folder the guest's /job, its kernel's messages in the file `console`; stays when the guest dies */
  constructor(
    readonly folder: string,
    qemu: ChildProcess,
  ) {
    this.#qemu = qemu;
    process.once('exit', this.#kill);
    this.#exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#ended = true;
        this.#died = !this.#stopped;
        process.removeListener('exit', this.#kill);
        for (const [word, { reject }] of this.#waiting) reject(new Error(`the guest ended (${how}) before '${word}'\n${this.#logs()}`));
        resolve();
      };
      qemu.once('exit', (code, signal) => { end(signal ?? `status ${code}`); });
      qemu.once('error', (error) => { end(error.message); });
    });
    // A pipe that broke: 'exit' says the same.
    qemu.stdin?.on('error', () => undefined);
    if (qemu.stdout !== null) createInterface(qemu.stdout).on('line', (line) => { this.#hear(line.trim()); });
  }

  async ready(timeoutMs: number): Promise<void> {
    if ((await this.#answer('ready', timeoutMs)) === undefined) throw await this.#lost(`the guest was not ready in ${timeoutMs} ms`);
  }

  /**
   * Runs a bash script in the guest, as root, in the project's folder. Jobs that are not awaited run side by side;
   * what a job leaves running runs on.
   * Throws with all that the job wrote when it took too long; it is killed then, with all that it started, and the machine can be used on.
   */
  async run(script: string, { timeoutMs = 120_000 }: { readonly timeoutMs?: number } = {}): Promise<JobResult> {
    if (this.#ended) throw new Error(`the guest has ended\n${this.#logs()}`);
    const job = ++this.#jobs;
    writeFileSync(join(this.folder, `${job}.sh`), script);
    const done = this.#answer(`done ${job}`, timeoutMs);
    this.#say(`run ${job}`);
    const status = await done;
    if (status !== undefined) return this.#result(job, Number(status));
    this.#say(`kill ${job}`);
    if ((await this.#answer(`done ${job}`, endMs)) === undefined) throw await this.#lost(`job ${job} could not be killed:\n${script}`);
    const { stdout, stderr } = this.#result(job, 137);
    throw new Error(`the job took longer than ${timeoutMs} ms and was killed:\n${script}\nstdout:\n${stdout}\nstderr:\n${stderr}\n${this.#logs()}`);
  }

  /** Powers the guest off and removes the folder; ends qemu when the guest does not follow. */
  async close(): Promise<void> {
    this.#stopped = true;
    if (!this.#ended) this.#say('stop');
    await Promise.race([this.#exited, sleep(endMs, undefined, { ref: false })]);
    this.#kill();
    await this.#exited;
    if (!this.#died) rmSync(this.folder, { recursive: true, force: true });
  }

  #say(words: string): void {
    this.#qemu.stdin?.write(`${words}\n`);
  }

  #hear(line: string): void {
    const [, word = '', answer = ''] = /^(ready|done [0-9]+) ?([0-9]*)$/.exec(line) ?? [];
    this.#waiting.get(word)?.resolve(answer);
  }

  /** What follows that word when the guest says it; undefined when it does not in time. */
  async #answer(word: string, timeoutMs: number): Promise<string | undefined> {
    const limit = new AbortController();
    try {
      return await Promise.race([
        new Promise<string>((resolve, reject) => { this.#waiting.set(word, { resolve, reject }); }),
        sleep(timeoutMs, undefined, { signal: limit.signal }),
      ]);
    } finally {
      this.#waiting.delete(word);
      limit.abort();
    }
  }

  async #lost(message: string): Promise<Error> {
    this.#kill();
    await this.#exited;
    return new Error(`${message}\n${this.#logs()}`);
  }

  #result(job: number, status: number): JobResult {
    const read = (suffix: string): string => readFileSync(join(this.folder, `${job}.${suffix}`), 'utf8');
    return { stdout: read('out'), stderr: read('err'), status };
  }

  /** What qemu said, and the end of what the guest's kernel said. */
  #logs(): string {
    const tail = (file: string): string => readFileSync(join(this.folder, file), 'utf8').split('\n').slice(-40).join('\n');
    return `console of ${this.folder}:\n${tail('qemu')}${tail('console')}`;
  }
}

/**
 * Both processors in one thread: with a thread for each, qemu 7.2 may keep translated code that the other processor changes meanwhile,
 * and a kernel that switches a tracepoint or a kprobe on dies of the breakpoint that is no more (`Oops: int3`). On two processors it is faster, too.
 */
const accelerator = 'tcg,thread=single';

function qemuArguments(kernel: Kernel, folder: string, shares: readonly Share[]): readonly string[] {
  const share = (tag: string, path: string, options: string): string[] => ['-virtfs', `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},security_model=none,multidevs=remap,${options}`];
  return [
    '-accel', accelerator, '-cpu', 'max', '-smp', '2', '-m', '3G', '-nodefaults', '-display', 'none', '-no-reboot',
    '-chardev', 'stdio,id=control,signal=off', '-serial', `file:${join(folder, 'console')}`, '-serial', 'chardev:control',
    '-kernel', kernel.vmlinuz, '-initrd', join(folder, 'initrd'),
    '-append', 'console=ttyS0 quiet oops=panic panic=-1 mitigations=off',
    ...share('root', '/', 'readonly=on'),
    ...share('job', folder, 'readonly=off'),
    ...share('modules', kernel.modules, 'readonly=on'),
    ...shares.flatMap(({ tag, path }) => share(tag, path, 'readonly=on')),
  ];
}
