// The part of elfy 1.0.0 that is used. Its addresses and alignments are wrong on 64-bit files and are left out on purpose.
declare module 'elfy' {
  interface Section {
    readonly name: string;
    readonly off: number;
    readonly size: number;
  }
  const elfy: {
    parse(data: Buffer): { readonly body: { readonly sections: readonly Section[] } };
  };
  export = elfy;
}
