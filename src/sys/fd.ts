// Descriptors and what owns them: each has one owner, closing twice is closing once, a parent closes its children.
import { addon } from './addon.ts';

/** Anything that holds a resource of the kernel. */
export interface Closable {
  /** Idempotent. */
  close(): void;
}

/** Every descriptor that is open: a test that ends with one here has a leak. */
const open = new Map<number, string>();

/** `number what` of each open descriptor that this process made here. */
export function openFds(): readonly string[] {
  return [...open].map(([number, what]) => `${number} ${what}`);
}

export class Fd implements Closable {
  #number: number;

  /** @param what for messages and leak reports: `map events`, `prog begin_1` */
  constructor(
    number: number,
    readonly what: string,
  ) {
    this.#number = number;
    open.set(number, what);
  }

  get number(): number {
    if (this.#number < 0) throw new Error(`${this.what} is closed`);
    return this.#number;
  }

  get closed(): boolean {
    return this.#number < 0;
  }

  close(): void {
    if (this.#number < 0) return;
    addon().close(this.release());
  }

  /** Gives the number away: whoever takes it closes it. */
  release(): number {
    const { number } = this;
    this.#number = -1;
    open.delete(number);
    return number;
  }
}

/** Closes what it adopted, last first. */
export class Owner implements Closable {
  #children: Closable[] = [];

  adopt<T extends Closable>(child: T): T {
    this.#children.push(child);
    return child;
  }

  close(): void {
    const children = this.#children;
    this.#children = [];
    for (const child of children.toReversed()) child.close();
  }
}

/** Threads that wait for the kernel side by side: closing a probe sleeps, it does not compute. */
const closingThreads = 32;

/** Closes many at once off the main thread; each of them counts as closed from now on. */
export async function closeAll(fds: readonly Fd[]): Promise<void> {
  const numbers = fds.filter((fd) => !fd.closed).map((fd) => fd.release());
  if (numbers.length > 0) await addon().closeLater(numbers, closingThreads);
}
