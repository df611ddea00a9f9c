-- How many rows of a large canonical table lie in the order by which single cards are found; the later ones lie as they came.
CREATE TABLE tidied (table_name TEXT NOT NULL, rows BIGINT NOT NULL);
