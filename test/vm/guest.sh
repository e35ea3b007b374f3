# The guest's first process: mounts what a booted system has, then takes words from the second serial line:
# `run N` runs the script /job/N.sh and answers `done N STATUS`, `kill N` ends all that it started, `stop` powers off.
. /job/settings
mount --bind / /mnt
mount -t tmpfs none /tmp
mount -t tmpfs none /run
mount -t tracefs none /sys/kernel/tracing
mount -t debugfs none /sys/kernel/debug
mount -t bpf none /sys/fs/bpf
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /dev/shm "/lib/modules/$RELEASE"
mount -t tmpfs none /dev/shm
mount -t 9p -o ro,cache=loose,trans=virtio,version=9p2000.L,msize=512000 modules "/lib/modules/$RELEASE"
ln -sfn /proc/self/fd /dev/fd
# A project below /tmp was hidden just now.
if [ ! -d "$PROJECT" ]; then
  mkdir -p "$PROJECT"
  mount --bind "/mnt$PROJECT" "$PROJECT"
fi
/bin/busybox ip link set lo up
export HOME=/tmp TERM=dumb PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$NODE"
cd "$PROJECT"

job() {
  mkdir "/sys/fs/cgroup/job$1"
  sh -c 'echo $$ > /sys/fs/cgroup/job$1/cgroup.procs; exec bash /job/$1.sh' sh "$1" > "/job/$1.out" 2> "/job/$1.err" < /dev/null 3<&-
  echo "done $1 $?" >&3
}

exec 3<> /dev/ttyS1
stty raw -echo clocal <&3
{
  echo ready >&3
  while read -r word n <&3; do
    case $word in
      run) job "$n" & ;;
      kill) echo 1 > "/sys/fs/cgroup/job$n/cgroup.kill" ;;
      stop) echo o > /proc/sysrq-trigger ;;
    esac
  done
} &
# Orphans come to the first process to be buried.
while :; do wait; done
