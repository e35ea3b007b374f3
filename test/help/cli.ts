// The command line as child processes: the bundles in dist/, made anew when they are older than what they are made of.
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isRoot } from './root.ts';
import { mountTracefs } from './tracefs.ts';

export const root = resolve(import.meta.dirname, '../..');

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

export interface RunOptions {
  readonly input?: string;
  /** Stands in front of the command. */
  readonly wrapper?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Shell commands that mount what the command sees. */
  readonly mounts?: string;
}

/** btfly in a folder, with a catalog. As root every run has a mount namespace of its own, with tracefs. */
export class Cli {
  constructor(
    readonly folder: string,
    readonly db: string = join(folder, 'catalog.db'),
  ) {}

  run(args: readonly string[], options: RunOptions = {}): Ran {
    const [command = '', ...words] = this.#words(args, options);
    const { stdout, stderr, status } = spawnSync(command, words, { ...this.#options(options), encoding: 'utf8', input: options.input ?? '', timeout: 50_000 });
    return { stdout, stderr, status };
  }

  /** A line for a shell in which `btfly` is the command; several commands at once, pipes. */
  shell(line: string, options: RunOptions = {}): Ran {
    const [command = '', ...words] = inNamespace(['bash', '-c', `btfly() { "${process.execPath}" "${root}/bin/btfly" "$@"; }\n${line}`], options);
    const { stdout, stderr, status } = spawnSync(command, words, { ...this.#options(options), encoding: 'utf8', input: '', timeout: 50_000 });
    return { stdout, stderr, status };
  }

  /** The process is btfly itself: signals reach it. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
    const [command = '', ...words] = this.#words(args, options);
    return spawn(command, words, this.#options(options));
  }

  #words(args: readonly string[], options: RunOptions): readonly string[] {
    return inNamespace([...(options.wrapper ?? []), process.execPath, join(root, 'bin/btfly'), ...args], options);
  }

  #options(options: RunOptions): { readonly cwd: string; readonly env: NodeJS.ProcessEnv } {
    return { cwd: this.folder, env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, BTFLY_ANSWER_CACHE: 'none', BTFLY_DB: this.db, ...options.env } };
  }
}

function inNamespace(words: readonly string[], { mounts = mountTracefs }: RunOptions): readonly string[] {
  return isRoot ? ['unshare', '-m', 'sh', '-c', `${mounts}; exec "$@"`, 'sh', ...words] : words;
}

/** For `beforeAll`. Test files run at once: one builds, the others wait. */
export function built(): void {
  mkdirSync(join(root, '.cache'), { recursive: true });
  execFileSync('flock', [join(root, '.cache/build.lock'), process.execPath, join(root, 'bin/build.mjs'), '--if-stale']);
}
