// What tracefs says of the events of Debian's kernels with many modules loaded: dumped once in a virtual machine, kept beside the kernel.
import { copyFileSync, existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { kernel, type Series } from './kernels.ts';
import { boot } from './machine.ts';

export interface TracefsDump {
  /** Modules that were loaded, as the kernel names them. */
  readonly modules: readonly string[];
  /** Text of each format file by `system/event`. */
  readonly formats: ReadonlyMap<string, string>;
}

/** Boots the kernel when there is no dump yet: minutes. */
export async function tracefsDump(name: Series['name']): Promise<TracefsDump> {
  const file = dumpFile(name);
  if (!existsSync(file)) await dump(name, file);
  return readDump(readFileSync(file, 'latin1'));
}

export function dumpFile(name: Series['name']): string {
  return join(kernel(name).root, 'tracefs-2.txt');
}

/**
 * Modules that bring tracepoints, of the three series together; a kernel that has one not, or cannot load it without its hardware, does without.
 * (`for f in *.ko; do readelf -S $f | grep -q _ftrace_events && echo $f; done`)
 */
const wanted = `
  9pnet amdgpu amdxdna applespi auth_rpcgss bcache bcachefs binder_linux btrfs cachefiles ceph cfg80211 cifs cros_ec_proto cros_ec_sensorhub
  cros_ec_sensors_core dccp dlm drm dwc3 e1000e erofs ext4 f2fs firewire_core firewire_ohci fjes fscache gfs2 gpu_sched habanalabs hfi1 hv_balloon
  hv_netvsc hv_vmbus i40e i915 iavf ib_cm ib_core ib_umad ice ieee802154 intel_ifs intel_ish_ipc intel_vpu irdma iwlwifi jbd2 kafs kvm kvm_amd
  kvm_intel kvmgt kyber_iosched l2tp_core libata libphy lockd mac80211 mac802154 mei mhi mlx5_core mmc_core mt76 mt7601u mt7615_common mt76_usb
  mt76x02_lib mt7921_common mt792x_lib nbd netfs nfs nfsd nfsv4 nilfs2 null_blk nvme_core nvmet ocfs2 openvswitch pm80xx pwc qla2xxx qrtr radeon
  rdma_cm rdmavt rpcrdma rxrpc scsi_mod scsi_transport_iscsi sctp sd_mod smc snd_firewire_lib snd_firewire_motu snd_hda_codec snd_hda_core
  snd_hda_intel snd_soc_avs snd_soc_catpt snd_soc_core snd_soc_sst_dsp snd_sof snd_sof_intel_hda_common sunrpc surface_aggregator target_core_mod
  thunderbolt thunderbolt_net tipc tls tps6598x typec_ucsi udc_core ufshcd_core usb_f_uvc usbcore videobuf2_common videodev virtio_gpu
  vmw_vsock_virtio_transport_common watchdog wil6210 xe xfs xhci_hcd zonefs`.trim().split(/\s+/);

async function dump(name: Series['name'], file: string): Promise<void> {
  const machine = await boot(kernel(name));
  try {
    const ran = await machine.run(
      `for m in ${wanted.join(' ')}; do modprobe -q $m; done
       { echo "modules: $(cut -d' ' -f1 /proc/modules | tr '\\n' ' ')"; cd /sys/kernel/tracing/events && tail -n +1 */*/format; } > /job/dump`,
      { timeoutMs: 1_200_000 },
    );
    if (ran.status !== 0) throw new Error(`the dump ended with ${ran.status}: ${ran.stderr}`);
    // Another process may have made one meanwhile: either is whole.
    copyFileSync(join(machine.folder, 'dump'), `${file}.${process.pid}`);
    renameSync(`${file}.${process.pid}`, file);
  } finally {
    await machine.close();
  }
}

/** `==> system/event/format <==` before each file, as tail prints it. */
function readDump(text: string): TracefsDump {
  const end = text.indexOf('\n');
  const modules = text.slice('modules: '.length, end).trim().split(' ');
  const formats = new Map<string, string>();
  for (const [, path = '', format = ''] of text.slice(end).matchAll(/\n==> (\S+)\/format <==\n([^]*?\nprint fmt: [^]*?\n)(?=\n==> |$)/g)) formats.set(path, format);
  return { modules, formats };
}
