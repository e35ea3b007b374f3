-- What is made of a type: for the records that contain one, directly or nested, and for members of a type.

CREATE INDEX member_by_type ON member (type);
CREATE INDEX expression_by_inner ON expression ("of") WHERE "of" IS NOT NULL;
CREATE INDEX expression_by_name ON expression (name, kind) WHERE name IS NOT NULL;
CREATE INDEX expression_by_definition ON expression (value) WHERE name IS NULL AND kind IN (10, 11);
CREATE INDEX definition_by_type ON definition (type) WHERE kind = 13;
