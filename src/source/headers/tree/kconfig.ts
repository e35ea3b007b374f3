// A kernel's configuration, in both forms that it comes in: autoconf.h (what headers see) and .config (what /boot and /proc/config.gz hold).

/** Symbols that are set, without CONFIG_: `y` and `m` as in .config, numbers and strings as written. */
export type Kconfig = ReadonlyMap<string, string>;

/** undefined: it is neither. */
export function parseKconfig(text: string): Kconfig | undefined {
  const values = new Map<string, string>();
  for (const [, name, module, value] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+CONFIG_(\w+?)(_MODULE)?[ \t]+(.*?)[ \t]*$/gm)) {
    if (name !== undefined && value !== undefined) values.set(name, module === undefined ? (value === '1' ? 'y' : value) : 'm');
  }
  if (values.size > 0) return values;
  for (const [, name, value] of text.matchAll(/^CONFIG_(\w+)=(.*?)[ \t\r]*$/gm)) {
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values.size > 0 ? values : undefined;
}

/** The autoconf.h that scripts/kconfig makes of a configuration. */
export function autoconf(kconfig: Kconfig): string {
  const lines = ['/* Automatically generated file; DO NOT EDIT. */'];
  for (const [name, value] of kconfig) {
    if (value === 'n') continue;
    if (value === 'm') lines.push(`#define CONFIG_${name}_MODULE 1`);
    else lines.push(`#define CONFIG_${name} ${value === 'y' ? '1' : value}`);
  }
  return `${lines.join('\n')}\n`;
}
