import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordDefinition } from '../../../src/ctype/ctype.ts';
import { memoryTypes } from '../../help/memorytypes.ts';
import { parseText } from './help.ts';

const folders = ['/usr/include', '/usr/include/x86_64-linux-gnu'];

function include(name: string): string | undefined {
  const file = folders.map((folder) => join(folder, name)).find((each) => existsSync(each));
  return file === undefined ? undefined : readFileSync(file, 'utf8');
}

/** Header → records that it must be found to have. */
const headers: Readonly<Record<string, readonly string[]>> = {
  'linux/bpf.h': ['bpf_insn', 'bpf_attr', 'bpf_prog_info', '__sk_buff'],
  'linux/perf_event.h': ['perf_event_attr', 'perf_event_mmap_page'],
  'linux/tcp.h': ['tcphdr', 'tcp_info'],
  'linux/if_packet.h': ['tpacket_hdr'],
  'linux/io_uring.h': ['io_uring_sqe', 'io_uring_params'],
  'linux/stat.h': ['statx'],
  'linux/nvme_ioctl.h': ['nvme_user_io'],
  'linux/if_link.h': ['rtnl_link_stats64'],
};

const canAsk = process.arch === 'x64' && spawnSync('gcc', ['--version']).status === 0 && include('linux/bpf.h') !== undefined;

describe.skipIf(!canAsk)('UAPI headers are laid out as gcc does (needs gcc and linux-libc-dev on x86-64)', () => {
  test.each(Object.entries(headers))('%s', (header, wanted) => {
    const { part, complaints } = parseText(`#include <${header}>\nBEGIN {}`, { headers: include });
    expect(complaints).toBe('');
    const types = part?.types(memoryTypes({ definitions: [] }));
    const records = wanted.flatMap((name) => types?.find('struct', name)[0] ?? types?.find('union', name)[0] ?? []);
    expect(records.map(({ name }) => name)).toEqual([...wanted]);
    expect(records.map(asLines)).toEqual(askGcc(header, records));
  });
});

function asLines({ kind, name, size, members }: RecordDefinition): string {
  return [`${kind} ${name ?? ''} ${size}`, ...members.filter(isPlain).map((member) => `${member.bitOffset / 8} ${member.name ?? ''}`)].join(', ');
}

/** gcc's offsetof takes no bitfields, and members without a name have none. */
function isPlain(member: RecordDefinition['members'][number]): boolean {
  return member.name !== null && member.bitSize === null;
}

function askGcc(header: string, records: readonly RecordDefinition[]): string[] {
  const prints = records.map(({ kind, name, members }) => {
    const type = `${kind} ${name ?? ''}`;
    const offsets = members.filter(isPlain).map((member) => `printf(", %zu ${member.name ?? ''}", __builtin_offsetof(${type}, ${member.name ?? ''}));`);
    return `printf("${type} %zu", sizeof(${type})); ${offsets.join(' ')} puts("");`;
  });
  const folder = mkdtempSync(join(tmpdir(), 'btfly-headers-'));
  try {
    writeFileSync(join(folder, 'ask.c'), `#include <${header}>\n#include <stdio.h>\nint main(void) { ${prints.join('\n')} return 0; }\n`);
    execFileSync('gcc', ['-w', '-o', join(folder, 'ask'), join(folder, 'ask.c')]);
    return execFileSync(join(folder, 'ask'), { encoding: 'utf8' }).trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
