-- What the CRM says of an employee's place there, for rights to come; nothing is decided by it yet. One row for each user of a
-- CRM that tells. role: its name. rights: JSON {"own": …, "role": …} in the CRM's own words, either may be null.
-- A table of its own: DuckDB 1.x cannot replay from its log a column added to a table whose key comes from a sequence.
CREATE TABLE user_rights (user_id TEXT NOT NULL, is_admin BOOLEAN, role TEXT, rights TEXT);
