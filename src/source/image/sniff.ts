// What bytes are, by their first kilobyte and never by a name.

export type Content =
  | 'btf' | 'elf' | 'bzimage' | 'arm64-image' | 'efi-zboot' | 'gzip' | 'xz' | 'zstd' | 'lz4' | 'ar' | 'tar' | 'system-map' | 'unknown';

/** As many bytes as `sniff` looks at. */
export const sniffSize = 1024;

export function sniff(bytes: Uint8Array): Content {
  return signatures.find(({ is }) => is(bytes))?.content ?? 'unknown';
}

/** In this order: an EFI zboot image is a PE file as an arm64 Image may be. */
const signatures: readonly { readonly content: Content; readonly is: (bytes: Uint8Array) => boolean }[] = [
  { content: 'btf', is: (bytes) => has(bytes, 0, 0x9f, 0xeb) || has(bytes, 0, 0xeb, 0x9f) },
  { content: 'elf', is: (bytes) => has(bytes, 0, 0x7f, 0x45, 0x4c, 0x46) },
  // Documentation/arch/x86/boot.rst: HdrS, behind the boot sector's 0x55aa.
  { content: 'bzimage', is: (bytes) => text(bytes, 0x202, 'HdrS') },
  // drivers/firmware/efi/libstub/zboot-header.S
  { content: 'efi-zboot', is: (bytes) => text(bytes, 0, 'MZ') && text(bytes, 4, 'zimg') },
  // Documentation/arch/arm64/booting.rst
  { content: 'arm64-image', is: (bytes) => text(bytes, 0x38, 'ARM\x64') },
  { content: 'gzip', is: (bytes) => has(bytes, 0, 0x1f, 0x8b, 8) },
  { content: 'xz', is: (bytes) => has(bytes, 0, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0) },
  { content: 'zstd', is: (bytes) => has(bytes, 0, 0x28, 0xb5, 0x2f, 0xfd) },
  { content: 'lz4', is: (bytes) => has(bytes, 0, 0x02, 0x21, 0x4c, 0x18) || has(bytes, 0, 0x04, 0x22, 0x4d, 0x18) },
  { content: 'ar', is: (bytes) => text(bytes, 0, '!<arch>\n') },
  { content: 'tar', is: (bytes) => text(bytes, 257, 'ustar') },
  { content: 'system-map', is: (bytes) => /^[0-9a-f]{8,16} [A-Za-z?] \S/.test(Buffer.from(bytes.subarray(0, 32)).toString('latin1')) },
];

function has(bytes: Uint8Array, at: number, ...wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function text(bytes: Uint8Array, at: number, wanted: string): boolean {
  return has(bytes, at, ...Buffer.from(wanted, 'latin1'));
}
