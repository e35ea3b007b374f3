// gcc on headers of the kernel, with the flags that kbuild gives it (arch/x86/Makefile, Makefile): the judge of what we read.
import { spawnSync } from 'node:child_process';
import type { HeaderConfig } from '../../src/source/headers/tree/config.ts';

/** Major version of the machine's gcc, undefined when there is none. */
export const gccMajor: number | undefined = major();

function major(): number | undefined {
  const { status, stdout } = spawnSync('gcc', ['-dumpversion'], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
}

export function gccFlags(config: HeaderConfig): readonly string[] {
  return [
    '-nostdinc', ...config.quote.flatMap((folder) => ['-iquote', folder]), ...config.system.map((folder) => `-I${folder}`),
    ...config.forced.flatMap((file) => ['-include', file]), ...config.defines.map((each) => `-D${each}`),
    '-std=gnu11', '-O2', '-fno-PIE', '-fshort-wchar', '-mcmodel=kernel', '-m64', '-mno-sse', '-mno-mmx', '-mno-sse2', '-mno-3dnow', '-mno-avx', '-mno-80387', '-mno-red-zone', '-w',
    ...(config.unsignedChar ? ['-funsigned-char'] : []), ...(config.msExtensions ? ['-fms-extensions'] : []),
  ];
}

/** What gcc complains about in a translation unit: lines of its standard error; empty when it has read all of it. */
export function gccErrors(config: HeaderConfig, text: string, more: readonly string[] = []): readonly string[] {
  const { stderr, error } = spawnSync('gcc', [...gccFlags(config), '-fsyntax-only', '-fmax-errors=0', ...more, '-x', 'c', '-'], { input: text, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (error) throw error;
  return stderr.split('\n').filter((line) => /(?:^|\s)(?:fatal )?error:/.test(line));
}
