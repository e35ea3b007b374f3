-- Many sources of one kernel: modules, events and syscalls read from images, what was read from which file.

-- `uname -r` of the kernel: modules name it, also where the kernel was given another name.
ALTER TABLE kernel ADD COLUMN release TEXT;

UPDATE kernel SET release = name WHERE name GLOB '[0-9]*.[0-9]*.[0-9]*';

-- Size and time of the file that was read: while it has both, it is not opened again.
ALTER TABLE source ADD COLUMN stamp TEXT;

ALTER TABLE event ADD COLUMN source TEXT NOT NULL DEFAULT 'tracefs';
ALTER TABLE event ADD COLUMN confidence TEXT NOT NULL DEFAULT 'exact';

CREATE TABLE event_candidate (
  kernel INTEGER NOT NULL,
  image INTEGER NOT NULL,
  name TEXT NOT NULL,
  class TEXT NOT NULL,
  format INTEGER NOT NULL,
  PRIMARY KEY (kernel, image, name, class)
) STRICT, WITHOUT ROWID;

-- System calls: arguments by content, shared by all kernels that have them.

CREATE TABLE syscall (
  kernel INTEGER NOT NULL,
  name TEXT NOT NULL,
  number INTEGER,
  source TEXT NOT NULL,
  signature INTEGER NOT NULL,
  PRIMARY KEY (kernel, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE syscall_signature (
  id INTEGER PRIMARY KEY,
  hash INTEGER NOT NULL
) STRICT;

CREATE TABLE syscall_arg (
  signature INTEGER NOT NULL,
  position INTEGER NOT NULL,
  type TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (signature, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX syscall_signature_by_hash ON syscall_signature (hash);
DROP INDEX image_by_kernel;
CREATE INDEX image_by_kernel ON image (kernel, name);
CREATE INDEX image_by_build_id ON image (build_id);

DROP VIEW v_kernel;

CREATE VIEW v_kernel AS
SELECT k.id, k.name, k.release, k.arch, k.indexed_at, count(*) AS images, max(CASE WHEN i.base IS NULL THEN i.build_id END) AS build_id
FROM kernel k JOIN image i ON i.kernel = k.id
GROUP BY k.id;

CREATE VIEW v_source AS
SELECT k.name AS kernel, i.name AS image, s.kind, s.count, s.origin, s.read_at
FROM source s
JOIN image i ON i.id = s.image
JOIN kernel k ON k.id = i.kernel;

DROP VIEW v_tracepoint;

CREATE VIEW v_tracepoint AS
SELECT k.name AS kernel, i.name AS image, e.system, e.name, f.position, f.type || f.array AS type, f.name AS field, f."offset", f.size, f.signed, f.location, e.source, e.confidence
FROM event e
JOIN kernel k ON k.id = e.kernel
JOIN image i ON i.id = e.image
JOIN event_field f ON f.format = e.format
WHERE f.name NOT LIKE 'common\_%' ESCAPE '\';

-- A system call without arguments has one row, with nothing in it.
CREATE VIEW v_syscall AS
SELECT k.name AS kernel, s.name, s.number, a.position, a.type, a.name AS arg, s.source
FROM syscall s
JOIN kernel k ON k.id = s.kernel
LEFT JOIN syscall_arg a ON a.signature = s.signature;

-- Which definitions an image has: sixty-four a row instead of one (src/index/membership.ts). The rows of before are put in by the program.

CREATE TABLE image_definition_1 AS SELECT kernel, definition, image, btf_id FROM image_definition;
DROP TABLE image_definition;

CREATE TABLE image_block (
  kernel INTEGER NOT NULL,
  block INTEGER NOT NULL,
  image INTEGER NOT NULL,
  base INTEGER NOT NULL,
  first INTEGER NOT NULL,
  ids TEXT NOT NULL,
  PRIMARY KEY (kernel, block, image, base)
) STRICT, WITHOUT ROWID;

CREATE VIEW image_definition AS
SELECT b.kernel, d.id AS definition, b.image, b.base + unicode(substr(b.ids, d.id - b.first + 1, 1)) - 2 AS btf_id
FROM image_block b
JOIN definition d ON b.block = d.id >> 6 AND d.id BETWEEN b.first AND b.first + length(b.ids) - 1 AND unicode(substr(b.ids, d.id - b.first + 1, 1)) > 1;
