// Where a script's #include looks: the directories given with -I, then, for quoted names, the current one.
// A header that is not there is no error: the catalog has the kernel's types, and the compiler says so when it has not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function includeFrom(directories: readonly string[]): (name: string, system: boolean) => string | undefined {
  return (name, system) => {
    for (const directory of system ? directories : [...directories, '.']) {
      const text = readIfThere(join(directory, name));
      if (text !== undefined) return text;
    }
    return undefined;
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}
