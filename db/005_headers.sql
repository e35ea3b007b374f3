-- What kernel headers say besides types: macros by content, shared by all kernels that have them.

CREATE TABLE macro (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  header TEXT NOT NULL,
  kind TEXT NOT NULL,
  value INTEGER,
  unsigned INTEGER,
  params TEXT,
  text TEXT
) STRICT;

-- Which macros a kernel has: sixty-four a row. Kernel 0 is the program itself.
CREATE TABLE macro_block (
  kernel INTEGER NOT NULL,
  block INTEGER NOT NULL,
  bits INTEGER NOT NULL,
  PRIMARY KEY (kernel, block)
) STRICT, WITHOUT ROWID;

CREATE INDEX macro_by_name ON macro (name);

CREATE VIEW kernel_macro AS
SELECT b.kernel, m.id AS macro
FROM macro m
JOIN macro_block b ON b.block = m.id >> 6 AND (b.bits >> (m.id & 63)) & 1;

CREATE VIEW v_macro AS
SELECT k.name AS kernel, m.name, m.kind, m.value, m.unsigned, m.params, m.text, m.header
FROM macro m
JOIN kernel k
JOIN macro_block b ON b.kernel = k.id AND b.block = m.id >> 6 AND (b.bits >> (m.id & 63)) & 1;
