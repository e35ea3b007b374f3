// Types of a BTF file by their names: what headers are compared with.
import { BtfDefinitions } from '../../../../src/source/btf/definitions.ts';
import type { Btf } from '../../../../src/source/btf/btf.ts';
import { kindOf } from '../../../../src/source/btf/kinds.ts';

export class BtfTypes {
  /** `struct sock` → ids, those without a body left out. */
  readonly byName = new Map<string, number[]>();
  /** Leaves carry the id as their key. */
  readonly definitions: BtfDefinitions;

  constructor(readonly btf: Btf) {
    this.definitions = new BtfDefinitions(btf, { image: 'vmlinux', key: (id) => id });
    for (let id = 1; id < btf.endId; id++) {
      const kind = names[btf.kind(id)];
      // An enum without values is one that was only declared.
      if (kind === undefined || (kind === 'enum' && btf.vlen(id) === 0)) continue;
      const name = `${kind} ${btf.name(id)}`;
      const known = this.byName.get(name);
      if (known === undefined) this.byName.set(name, [id]);
      else known.push(id);
    }
  }
}

const names: Readonly<Record<number, string>> = { [kindOf.STRUCT]: 'struct', [kindOf.UNION]: 'union', [kindOf.ENUM]: 'enum', [kindOf.ENUM64]: 'enum', [kindOf.TYPEDEF]: 'typedef' };
