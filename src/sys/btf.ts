// BTF objects of the kernel: loading a program's own, finding a module's.
import { attrOffset, btfInfoLayout, btfLoadAttr, idAttr, pack } from './attr.ts';
import { bpfResult, infoByFd } from './bpf.ts';
import { Fd } from './fd.ts';
import { check, errno, sysError } from './syserror.ts';

/** BPF_BTF_LOAD; the kernel's log is the message of the SysError. */
export function btfLoad(btf: Uint8Array): Fd {
  const result = bpfResult('BTF_LOAD', pack(btfLoadAttr, { btf, btf_size: btf.byteLength }));
  if (result >= 0) return new Fd(result, 'btf');
  const log = Buffer.alloc(65536);
  const again = bpfResult('BTF_LOAD', pack(btfLoadAttr, { btf, btf_size: btf.byteLength, btf_log_buf: log, btf_log_size: log.byteLength, btf_log_level: 1 }));
  if (again >= 0) return new Fd(again, 'btf');
  throw sysError('bpf(BPF_BTF_LOAD)', -result, log.toString('latin1', 0, Math.max(0, log.indexOf(0))).trimEnd());
}

/** The BTF of a loaded kernel module, undefined when the kernel has none of that name. */
export function moduleBtf(name: string): Fd | undefined {
  for (let id = nextId(0); id !== undefined; id = nextId(id)) {
    const fd = bpfResult('BTF_GET_FD_BY_ID', pack(idAttr, { id }));
    if (fd === -errno.ENOENT) continue;
    const btf = new Fd(check('bpf(BPF_BTF_GET_FD_BY_ID)', fd), `btf ${id}`);
    if (kernelBtfName(btf) === name) return btf;
    btf.close();
  }
  return undefined;
}

function nextId(after: number): number | undefined {
  const attr = pack(idAttr, { id: after, next_id: 0, open_flags: 0 });
  const result = bpfResult('BTF_GET_NEXT_ID', attr);
  if (result === -errno.ENOENT) return undefined;
  check('bpf(BPF_BTF_GET_NEXT_ID)', result);
  return attr.view.getUint32(4, true);
}

/** Undefined for BTF that some program brought along. */
function kernelBtfName(btf: Fd): string | undefined {
  const name = Buffer.alloc(64);
  const info = pack(btfInfoLayout, { name, name_len: name.byteLength, kernel_btf: 0 });
  infoByFd(btf.number, info);
  if (info.view.getUint32(attrOffset(btfInfoLayout, 'kernel_btf'), true) === 0) return undefined;
  return name.toString('latin1', 0, name.indexOf(0));
}
