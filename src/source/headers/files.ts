// Where headers are read from: the one thing of the engine that touches a disk, handed in by who has one.

export interface Files {
  /** Text of a file, Latin-1 or UTF-8 bytes as a string; undefined when there is none. */
  read(path: string): string | undefined;
}
