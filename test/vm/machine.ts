// A virtual machine that runs one of Debian's kernels on this machine's own files, read-only, under qemu's emulation:
// whatever traces system-wide traces that kernel and not this one.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeInitrd } from './initrd.ts';
import type { Kernel } from './kernels.ts';

export interface JobResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

export interface Share {
  /** Mount tag for `mount -t 9p`. */
  readonly tag: string;
  readonly path: string;
}

/** Boots; about ten seconds. Further read-only folders can be shared under a tag. */
export async function boot(kernel: Kernel, shares: readonly Share[] = []): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), `btfly-vm-${kernel.series}-`));
  writeInitrd(kernel, join(folder, 'initrd'));
  copyFileSync(join(import.meta.dirname, 'guest.sh'), join(folder, 'guest.sh'));
  const log = openSync(join(folder, 'console'), 'w');
  const qemu = spawn('qemu-system-x86_64', qemuArguments(kernel, folder, shares), { stdio: ['ignore', log, log] });
  const machine = new Machine(folder, qemu);
  await machine.waitFor('ready', 120_000);
  return machine;
}

export class Machine {
  #jobs = 0;
  readonly #kill = (): void => {
    this.#qemu.kill('SIGKILL');
  };

  constructor(
    readonly folder: string,
    readonly qemu: ChildProcess,
  ) {
    process.once('exit', this.#kill);
  }

  get #qemu(): ChildProcess {
    return this.qemu;
  }

  /** Runs a bash script in the guest as root; one at a time, in order. */
  async run(script: string, timeoutMs = 120_000): Promise<JobResult> {
    const n = ++this.#jobs;
    writeFileSync(join(this.folder, `${n}.sh`), script);
    writeFileSync(join(this.folder, `${n}.go`), '');
    await this.waitFor(`${n}.status`, timeoutMs);
    const read = (suffix: string): string => readFileSync(join(this.folder, `${n}.${suffix}`), 'utf8');
    return { stdout: read('out'), stderr: read('err'), status: Number(read('status')) };
  }

  /** Powers the guest off and removes the folder; ends qemu when the guest does not follow. */
  async close(): Promise<void> {
    writeFileSync(join(this.folder, 'stop'), '');
    for (let waited = 0; this.qemu.exitCode === null && waited < 10_000; waited += 50) await sleep(50);
    this.#kill();
    process.removeListener('exit', this.#kill);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async waitFor(file: string, timeoutMs: number): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!existsSync(join(this.folder, file))) {
      if (this.qemu.exitCode !== null) throw new Error(`qemu ended with ${this.qemu.exitCode}:\n${this.#console()}`);
      if (Date.now() > end) {
        const partial = `${this.#jobs}.err`;
        const stderr = existsSync(join(this.folder, partial)) ? readFileSync(join(this.folder, partial), 'utf8') : '';
        this.#kill();
        throw new Error(`the guest gave no ${file} in ${timeoutMs} ms:\n${stderr}\n${this.#console()}`);
      }
      await sleep(50);
    }
  }

  /** The end of what the guest's kernel printed. */
  #console(): string {
    return readFileSync(join(this.folder, 'console'), 'utf8').split('\n').slice(-40).join('\n');
  }
}

function qemuArguments(kernel: Kernel, folder: string, shares: readonly Share[]): readonly string[] {
  const share = (tag: string, path: string, options: string): string[] => ['-virtfs', `local,path=${path},mount_tag=${tag},security_model=none,multidevs=remap,${options}`];
  return [
    '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '3G', '-nographic', '-no-reboot', '-nic', 'none',
    '-kernel', kernel.vmlinuz, '-initrd', join(folder, 'initrd'),
    '-append', 'console=ttyS0 quiet panic=-1 mitigations=off',
    ...share('root', '/', 'readonly=on'),
    ...share('job', folder, 'readonly=off'),
    ...shares.flatMap(({ tag, path }) => share(tag, path, 'readonly=on')),
  ];
}
