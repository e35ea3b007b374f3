// The reader of C: for scripts that have definitions, directives or an #include.
import { openC } from '../../app/cpart.ts';

export { openC };

/** What the bundle has. */
export interface HeadersPart {
  readonly openC: typeof openC;
}
