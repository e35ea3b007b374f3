-- How many holes a struct has: stretches of unused bytes in front of members. What was there before is not known, and counted when it is asked for.

ALTER TABLE definition ADD COLUMN holes INTEGER;
