// Other processes: being told when one ends.
import { addon } from './addon.ts';
import type { Closable } from './fd.ts';
import { Fd } from './fd.ts';
import { check } from './syserror.ts';

/** Calls back once when the process ends; throws SysError ESRCH when there is none of that number. */
export function onExit(pid: number, callback: () => void): Closable {
  const fd = new Fd(check('pidfd_open', addon().pidfdOpen(pid), `pid ${pid}`), `pidfd ${pid}`);
  const watch = new (addon().Watch)(fd.number, () => {
    close();
    callback();
  });
  const close = (): void => {
    watch.close();
    fd.close();
  };
  return { close };
}
