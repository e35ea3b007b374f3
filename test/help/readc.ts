// Reads the C of scripts as the program does, with headers out of a table in place of the machine's.
import type { ReadC } from '../../src/ctype/cpart.ts';
import { readHeaders } from '../../src/source/headers/headers.ts';
import { partOf, scriptConfig, scriptName } from '../../src/source/headers/script.ts';

/** @param headers by what an #include names, or an answer to that */
export function readerOfC(headers: Readonly<Record<string, string>> | ((name: string) => string | undefined) = {}): ReadC {
  const text = typeof headers === 'function' ? headers : (name: string): string | undefined => headers[name];
  const folder = '/include/';
  const files = { read: (path: string) => (path.startsWith(folder) ? text(path.slice(folder.length)) : undefined) };
  const config = { ...scriptConfig('x86_64'), quote: ['/include'], system: ['/include'] };
  return (c) => partOf(readHeaders({ files, config: { ...config, defines: [...config.defines, ...c.defines] }, main: { name: scriptName, text: c.text }, known: c.known }), config.system);
}
