// Shell commands for a mount namespace of one's own: machines differ in whether tracefs is mounted already.
export const mountTracefs = 'mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing';
export const noTracefs = 'while mountpoint -q /sys/kernel/tracing; do umount /sys/kernel/tracing || exit; done';
