// A folder of what was made once and may be asked for again: one file each, within limits; what was not of use for longest goes first.
// Who cannot read or write there makes everything anew.
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface KeptLimits {
  /** Of all files together. */
  readonly bytes: number;
  readonly files: number;
}

export class KeptFiles {
  constructor(
    readonly folder: string,
    readonly limits: KeptLimits,
  ) {}

  /** undefined where there is no such file, none that may be read, or one of somebody else. */
  read(name: string): Buffer | undefined {
    return unlessRefused(() => {
      const fd = openSync(join(this.folder, name), 'r');
      try {
        return fstatSync(fd).uid === process.geteuid?.() ? readFileSync(fd) : undefined;
      } finally {
        closeSync(fd);
      }
    });
  }

  /** What was read was of use. */
  used(name: string): void {
    unlessRefused(() => {
      const now = new Date();
      utimesSync(join(this.folder, name), now, now);
    });
  }

  /** Readers see the file before or after. A full disk leaves what was there. */
  write(name: string, content: Uint8Array): void {
    if (content.byteLength > this.limits.bytes) return;
    const file = join(this.folder, name);
    const work = `${file}.${process.pid}`;
    const written = unlessRefused(() => {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(work, content, { mode: 0o600 });
      renameSync(work, file);
      return true;
    });
    unlessRefused(() => {
      if (written === true) this.#tidy();
      else rmSync(work, { force: true });
    });
  }

  #tidy(): void {
    const files = readdirSync(this.folder).flatMap((name) => {
      const path = join(this.folder, name);
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? [] : [{ path, size: found.size, used: found.mtimeMs }];
    });
    let { bytes } = this.limits;
    for (const [place, { path, size }] of files.sort((a, b) => b.used - a.used).entries()) {
      bytes -= size;
      if (bytes < 0 || place >= this.limits.files) rmSync(path, { force: true });
    }
  }
}

/** What the operating system refuses is undefined. */
export function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Error && 'errno' in error) return undefined;
    throw error;
  }
}
