// A Spec as JSON and back: bytes travel as base64.

interface Bytes64 {
  readonly base64: string;
}

/** For JSON.stringify. */
export function replaceSpec(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? ({ base64: Buffer.from(value).toString('base64') } satisfies Bytes64) : value;
}

/** For JSON.parse. */
export function reviveSpec(_key: string, value: unknown): unknown {
  return isBytes(value) ? new Uint8Array(Buffer.from(value.base64, 'base64')) : value;
}

function isBytes(value: unknown): value is Bytes64 {
  return typeof value === 'object' && value !== null && 'base64' in value && typeof value.base64 === 'string';
}
