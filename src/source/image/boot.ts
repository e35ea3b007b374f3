// Kernel images as boot loaders take them: what is packed inside x86's bzImage (Documentation/arch/x86/boot.rst) and inside an EFI zboot image
// (drivers/firmware/efi/libstub/zboot-header.S).
import { Bytes } from '../../base/bytes.ts';
import { sniff } from './sniff.ts';

/** The packed kernel of a bzImage, a view. Throws FormatError. */
export function bzImagePayload(what: string, data: Uint8Array): Uint8Array {
  const bytes = new Bytes(what, data);
  const version = bytes.u16(0x206);
  if (version < 0x208) bytes.fail(0x206, `boot protocol ${version >> 8}.${version & 0xff} does not tell where the kernel is, 2.8 and later do`);
  const sectors = bytes.u8(0x1f1);
  const start = ((sectors === 0 ? 4 : sectors) + 1) * 512 + bytes.u32(0x248);
  return withoutSize(bytes.slice(start, bytes.u32(0x24c)).data);
}

/** The packed kernel of an EFI zboot image, a view. Throws FormatError. */
export function zbootPayload(what: string, data: Uint8Array): Uint8Array {
  const bytes = new Bytes(what, data);
  return bytes.slice(bytes.u32(8), bytes.u32(12)).data;
}

/** Kbuild appends the unpacked size as a u32 to what gzip has not packed (scripts/Makefile.lib: size_append). */
function withoutSize(payload: Uint8Array): Uint8Array {
  return sniff(payload) === 'gzip' ? payload : payload.subarray(0, Math.max(0, payload.length - 4));
}
