// Where the text of a layout is meant to differ from pahole 1.24's, and why. A difference that fits none of these fails the test.

export interface KnownDifference {
  readonly why: string;
  /** Whether the two lines differ for this reason. */
  readonly explains: (ours: string, theirs: string) => boolean;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    why: 'pahole 1.24 does not read the sign of an enum: it prints -1 as 4294967295',
    explains(ours, theirs) {
      const value = /^(\t+\w+ +)= (-\d+),$/.exec(ours);
      return value !== null && theirs === `${value[1]}= ${BigInt.asUintN(32, BigInt(value[2] ?? 0))},`;
    },
  },
  {
    why: 'a struct that others hold off its alignment is packed for pahole once it has printed one of those; asked for by name alone it is not',
    explains: (ours, theirs) => /^\t*\}/.test(ours) && ours.replace('}', '} __attribute__((__packed__))') === theirs,
  },
  {
    why: 'pahole -E loses the name of a member that is a const struct, or an array of them',
    explains: (ours, theirs) => /^\t+\} \w+[[;]/.test(ours) && ours.replace(/\} \w+/, '}') === theirs,
  },
];
