// Which arguments of system calls their events show with what they point to: kernels that have it (user_mask in struct syscall_metadata, 7.0 and
// later) decide it by code (kernel/trace/trace_syscalls.c: check_faultable_syscall), so that no image tells. As 7.2 has them, on x86-64.

export interface ShownArgument {
  readonly name: string;
  readonly kind: 'string' | 'bytes';
}

/** Arguments in order, then the system calls that have them. */
const strings: readonly (readonly [args: string, syscalls: string])[] = [
  ['_fs_name', 'fsopen'],
  ['_key', 'fsconfig'],
  ['_type _description', 'add_key request_key'],
  ['buf', 'syslog'],
  ['dev_name dir_name type', 'mount'],
  ['filename', 'access chdir chmod chown chroot execve execveat faccessat faccessat2 fchmodat fchmodat2 fchownat futimesat lchown mknod mknodat newfstatat'],
  ['filename', 'open open_tree open_tree_attr openat openat2 statx utime utimensat utimes'],
  ['flags', 'kexec_file_load'],
  ['from_pathname to_pathname', 'move_mount'],
  ['list', 'flistxattr'],
  ['name', 'acct fgetxattr fremovexattr fsetxattr name_to_handle_at setdomainname sethostname umount'],
  ['name_user', 'delete_module'],
  ['new_root put_old', 'pivot_root'],
  ['oldname newname', 'link linkat rename renameat renameat2 symlink symlinkat'],
  ['path', 'fspick mount_setattr readlink truncate'],
  ['pathname', 'creat fanotify_mark inotify_add_watch mkdir mkdirat readlinkat rmdir statfs unlink unlinkat'],
  ['pathname list', 'listxattr listxattrat llistxattr'],
  ['pathname name', 'getxattr getxattrat lgetxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat'],
  ['shmaddr', 'shmdt'],
  ['special', 'quotactl'],
  ['specialfile', 'swapoff swapon'],
  ['u_name', 'mq_open mq_unlink'],
  ['uargs', 'finit_module init_module'],
  ['uname', 'memfd_create'],
];

const bytes: typeof strings = [['buf', 'pwrite64 write'], ['u_msg_ptr', 'mq_timedsend']];

/** By the system call's name without `sys_`. */
export const shownArguments: ReadonlyMap<string, readonly ShownArgument[]> = new Map([...entries(strings, 'string'), ...entries(bytes, 'bytes')]);

/** Print formats that are written in the code too, by the same names: flags of openat, by name where the last two bits say how it is opened. */
export const writtenFormats: ReadonlyMap<string, string> = new Map([
  [
    'openat',
    String.raw`"dfd: 0x%08lx, filename: 0x%08lx \"%s\", flags: %s%s, mode: 0%03o"` +
      ', ((unsigned long)(REC->dfd)), ((unsigned long)(REC->filename)), __get_str(__filename_val), ' +
      '(REC->flags & ~3) && !(REC->flags & 3) ? "O_RDONLY|" : "",  REC->flags ? __print_flags(REC->flags, "|", ' +
      '{ 0x1, "O_WRONLY" }, { 0x2, "O_RDWR" }, { 0x40, "O_CREAT" }, { 0x80, "O_EXCL" }, { 0x100, "O_NOCTTY" }, { 0x200, "O_TRUNC" }, ' +
      '{ 0x400, "O_APPEND" }, { 0x800, "O_NONBLOCK" }, { 0x1000, "O_DSYNC" }, { 0x4000, "O_DIRECT" }, { 0x8000, "O_LARGEFILE" }, ' +
      '{ 0x10000, "O_DIRECTORY" }, { 0x20000, "O_NOFOLLOW" }, { 0x40000, "O_NOATIME" }, { 0x80000, "O_CLOEXEC" }) : "O_RDONLY",  ' +
      '((unsigned long)(REC->mode))',
  ],
]);

function entries(table: typeof strings, kind: ShownArgument['kind']): readonly (readonly [string, readonly ShownArgument[]])[] {
  return table.flatMap(([args, syscalls]) => syscalls.split(' ').map((name) => [name, args.split(' ').map((arg) => ({ name: arg, kind }))] as const));
}
