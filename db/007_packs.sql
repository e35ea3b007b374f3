-- What whole-kernel questions read of `definition`, `member`, `expression` and `param`, in columns (src/index/packs.ts): a row of a table costs SQLite more
-- to hand over than it costs to find, and a kernel has a hundred thousand. The writer makes them of the rows when its work is done.

CREATE TABLE definition_pack (
  block INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE expression_pack (
  block INTEGER PRIMARY KEY,
  last INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
