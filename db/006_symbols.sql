-- Function names once for all kernels; which an image has, and what is known of each there, in a letter a name (src/index/symbols.ts). The ABIs of a series
-- have nearly all of them in common.

CREATE TABLE symbol_name (
  name TEXT PRIMARY KEY,
  id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE symbol_block (
  kernel INTEGER NOT NULL,
  block INTEGER NOT NULL,
  image INTEGER NOT NULL,
  first INTEGER NOT NULL,
  states TEXT NOT NULL,
  PRIMARY KEY (kernel, block, image)
) STRICT, WITHOUT ROWID;

INSERT INTO symbol_name (name, id) SELECT name, row_number() OVER (ORDER BY name) - 1 FROM (SELECT DISTINCT name FROM symbol);

CREATE TEMP TABLE symbol_6 (
  kernel INTEGER NOT NULL,
  block INTEGER NOT NULL,
  image INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  PRIMARY KEY (kernel, block, image, at)
) WITHOUT ROWID;

INSERT INTO symbol_6
SELECT s.kernel, n.id >> 6, s.image, n.id & 63, 3 * coalesce(s.present + 1, 0) + coalesce(s.traceable + 1, 0)
FROM symbol s JOIN symbol_name n ON n.name = s.name;

WITH RECURSIVE place (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM place WHERE at < 63)
INSERT INTO symbol_block (kernel, block, image, first, states)
SELECT kernel, block, image, block << 6, group_concat(state, '')
FROM (
  SELECT b.kernel, b.block, b.image, coalesce(o.state, 0) AS state
  FROM (SELECT DISTINCT kernel, block, image FROM symbol_6) b
  CROSS JOIN place p
  LEFT JOIN symbol_6 o ON o.kernel = b.kernel AND o.block = b.block AND o.image = b.image AND o.at = p.at
  ORDER BY b.kernel, b.block, b.image, p.at
)
GROUP BY kernel, block, image;

DROP TABLE symbol_6;
DROP TABLE symbol;

-- What the table was that had this name. `kernel` stands in front: then its blocks are found by their key, whichever column is asked for.
CREATE VIEW symbol AS
SELECT kernel, name, image, nullif(state / 3, 0) - 1 AS present, nullif(state % 3, 0) - 1 AS traceable
FROM (
  SELECT k.id AS kernel, n.name, b.image, CAST(substr(b.states, n.id - b.first + 1, 1) AS INTEGER) AS state
  FROM kernel k
  CROSS JOIN symbol_name n
  CROSS JOIN symbol_block b ON b.kernel = k.id AND b.block = n.id >> 6 AND n.id BETWEEN b.first AND b.first + length(b.states) - 1
)
WHERE state > 0;
