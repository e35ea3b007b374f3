-- The catalog's first schema. README.md beside this file says what each table, index and view is for.
-- Numbers of `kind` are in src/index/kinds.ts; the table `kind` holds them for people.

CREATE TABLE kind (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

INSERT INTO kind (id, name) VALUES
  (0, 'void'), (1, 'int'), (2, 'float'), (3, 'ptr'), (4, 'array'), (5, 'const'), (6, 'volatile'), (7, 'restrict'), (8, 'tag'), (9, 'prototype'),
  (10, 'struct'), (11, 'union'), (12, 'enum'), (13, 'typedef'), (14, 'function'), (15, 'variable');

-- Kernels, their images, and what was read into each.

CREATE TABLE kernel (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  arch TEXT,
  indexed_at TEXT NOT NULL
) STRICT;

CREATE TABLE image (
  id INTEGER PRIMARY KEY,
  kernel INTEGER NOT NULL REFERENCES kernel (id),
  name TEXT NOT NULL,
  base INTEGER REFERENCES image (id),
  build_id TEXT,
  btf_hash TEXT,
  pointer_size INTEGER NOT NULL
) STRICT;

CREATE TABLE source (
  image INTEGER NOT NULL REFERENCES image (id),
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  digest TEXT NOT NULL,
  read_at TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (image, kind)
) STRICT, WITHOUT ROWID;

-- Types by content, shared by all images that have them.

CREATE TABLE expression (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  "of" INTEGER,
  value INTEGER,
  name TEXT,
  hash INTEGER NOT NULL
) STRICT;

CREATE TABLE param (
  prototype INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT,
  type INTEGER,
  PRIMARY KEY (prototype, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE definition (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT,
  size INTEGER,
  signed INTEGER,
  type INTEGER,
  hash INTEGER
) STRICT;

CREATE TABLE member (
  record INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT,
  type INTEGER NOT NULL,
  bit_offset INTEGER NOT NULL,
  bit_size INTEGER,
  PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE enumerator (
  enum INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (enum, position)
) STRICT, WITHOUT ROWID;

-- What an image has.

CREATE TABLE image_definition (
  kernel INTEGER NOT NULL,
  definition INTEGER NOT NULL,
  image INTEGER NOT NULL,
  btf_id INTEGER NOT NULL,
  PRIMARY KEY (kernel, definition, image, btf_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settlement (
  image INTEGER NOT NULL,
  btf_id INTEGER NOT NULL,
  member INTEGER NOT NULL,
  leaf INTEGER NOT NULL,
  target INTEGER NOT NULL,
  PRIMARY KEY (image, btf_id, member, leaf)
) STRICT, WITHOUT ROWID;

CREATE TABLE variable (
  image INTEGER NOT NULL,
  btf_id INTEGER NOT NULL,
  section TEXT NOT NULL,
  "offset" INTEGER NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (image, btf_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag (
  image INTEGER NOT NULL,
  definition INTEGER NOT NULL,
  component INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (image, definition, component, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE symbol (
  kernel INTEGER NOT NULL,
  name TEXT NOT NULL,
  image INTEGER NOT NULL,
  present INTEGER,
  traceable INTEGER,
  PRIMARY KEY (kernel, name, image)
) STRICT, WITHOUT ROWID;

-- Tracepoint events: formats by content, shared by all events that have them.

CREATE TABLE event_format (
  id INTEGER PRIMARY KEY,
  print_format TEXT NOT NULL,
  hash INTEGER NOT NULL
) STRICT;

CREATE TABLE event_field (
  format INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  array TEXT NOT NULL,
  "offset" INTEGER NOT NULL,
  size INTEGER NOT NULL,
  signed INTEGER NOT NULL,
  location TEXT NOT NULL,
  PRIMARY KEY (format, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  kernel INTEGER NOT NULL,
  system TEXT NOT NULL,
  name TEXT NOT NULL,
  image INTEGER NOT NULL,
  format INTEGER NOT NULL,
  PRIMARY KEY (kernel, system, name, image)
) STRICT, WITHOUT ROWID;

-- Macros of the kernel's headers, from db/constants.

CREATE TABLE dataset (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE constant (
  name TEXT NOT NULL,
  arch TEXT NOT NULL,
  header TEXT NOT NULL,
  value INTEGER NOT NULL,
  unsigned INTEGER,
  PRIMARY KEY (name, arch, header)
) STRICT, WITHOUT ROWID;

CREATE INDEX image_by_kernel ON image (kernel);
CREATE UNIQUE INDEX expression_by_hash ON expression (hash);
CREATE INDEX definition_by_name ON definition (kind, name, hash);
CREATE INDEX enumerator_by_name ON enumerator (name);
CREATE UNIQUE INDEX event_format_by_hash ON event_format (hash);

-- Views for people.

CREATE VIEW v_kernel AS
SELECT k.id, k.name, k.arch, k.indexed_at, count(*) AS images, max(CASE WHEN i.base IS NULL THEN i.build_id END) AS build_id
FROM kernel k JOIN image i ON i.kernel = k.id
GROUP BY k.id;

-- C text of a type expression. A function's parameters are in v_param.
CREATE VIEW v_type AS
SELECT e.id, (
  WITH RECURSIVE walk (id, qualifiers, declarator) AS (
    SELECT e.id, '', ''
    UNION ALL
    SELECT below.id,
      CASE WHEN here.kind IN (5, 6, 7) AND below.kind <> 3 THEN walk.qualifiers || k.name || ' ' ELSE walk.qualifiers END,
      CASE
        WHEN here.kind = 3 AND below.kind IN (4, 9) THEN '(*' || walk.declarator || ')'
        WHEN here.kind = 3 THEN '*' || walk.declarator
        WHEN here.kind = 4 THEN walk.declarator || '[' || here.value || ']'
        WHEN here.kind = 9 THEN walk.declarator || '(...)'
        WHEN here.kind IN (5, 6, 7) AND below.kind = 3 THEN ' ' || k.name || walk.declarator
        ELSE walk.declarator
      END
    FROM walk
    JOIN expression here ON here.id = walk.id
    JOIN kind k ON k.id = here.kind
    JOIN expression below ON below.id = here."of"
  )
  SELECT walk.qualifiers
    || CASE
      WHEN leaf.kind IN (10, 11, 12) THEN k.name || ' ' || coalesce(leaf.name, '{#' || leaf.value || '}')
      WHEN leaf.kind = 0 THEN 'void'
      ELSE leaf.name
    END
    || CASE WHEN walk.declarator = '' THEN '' ELSE ' ' || trim(walk.declarator) END
  FROM walk JOIN expression leaf ON leaf.id = walk.id JOIN kind k ON k.id = leaf.kind
  WHERE leaf."of" IS NULL
) AS text
FROM expression e;

CREATE VIEW v_definition AS
SELECT kernel.name AS kernel, i.name AS image, k.name AS kind, d.name, d.size, d.id AS definition, x.btf_id
FROM definition d
JOIN kind k ON k.id = d.kind
JOIN kernel
JOIN image_definition x ON x.kernel = kernel.id AND x.definition = d.id
JOIN image i ON i.id = x.image;

CREATE VIEW v_member AS
SELECT v.kernel, v.image, v.kind, v.name AS record, m.position, m.name, t.text AS type, m.bit_offset / 8 AS "offset", m.bit_offset, m.bit_size, v.definition
FROM v_definition v
JOIN member m ON m.record = v.definition
JOIN v_type t ON t.id = m.type;

CREATE VIEW v_enumerator AS
SELECT v.kernel, v.image, v.name AS enum, e.name, e.value
FROM enumerator e
JOIN v_definition v ON v.definition = e."enum";

CREATE VIEW v_param AS
SELECT v.kernel, v.image, v.name AS function, p.position, p.name, coalesce(t.text, '...') AS type
FROM v_definition v
JOIN definition d ON d.id = v.definition
JOIN param p ON p.prototype = d.type
LEFT JOIN v_type t ON t.id = p.type
WHERE d.kind = 14;

CREATE VIEW v_function AS
SELECT kernel.name AS kernel, i.name AS image, d.name, t.text AS returns, e.value AS params, x.btf_id, d.id AS definition
FROM definition d
JOIN kernel
JOIN image_definition x ON x.kernel = kernel.id AND x.definition = d.id
JOIN image i ON i.id = x.image
JOIN expression e ON e.id = d.type
JOIN v_type t ON t.id = e."of"
WHERE d.kind = 14;

CREATE VIEW v_tracepoint AS
SELECT k.name AS kernel, e.system, e.name, f.position, f.type || f.array AS type, f.name AS field, f."offset", f.size, f.signed, f.location
FROM event e
JOIN kernel k ON k.id = e.kernel
JOIN event_field f ON f.format = e.format
WHERE f.name NOT LIKE 'common\_%' ESCAPE '\';
