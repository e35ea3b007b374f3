import { resolve } from 'node:path';

/** The project's folder; the guest sees it at the same path. */
export const root = resolve(import.meta.dirname, '../..');
