-- The baseline of load.amocrm: DuckDB's own JSON reader puts every row of the same recorded answers, as it came, into a
-- plain table of text ids. No types, no keys, no merge with what is held, no star: what the simplest copy would cost.
CREATE TABLE plain_row (id TEXT, body JSON);
INSERT INTO plain_row
WITH list AS (
  SELECT unnest(json_extract(json, '$._embedded.*')) AS rows
  FROM read_json_objects('{file}', format = 'newline_delimited', maximum_object_size = 33554432))
SELECT row ->> 'id', row FROM (
  SELECT unnest(json_extract(rows, '$[*]')) AS row FROM list WHERE json_type(rows) = 'ARRAY');
