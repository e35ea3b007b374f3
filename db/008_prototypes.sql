-- From a type to the prototypes that take it, and from a prototype to its functions.

CREATE INDEX param_by_type ON param (type) WHERE type IS NOT NULL;

DROP INDEX definition_by_type;
CREATE INDEX definition_by_type ON definition (type) WHERE type IS NOT NULL;
