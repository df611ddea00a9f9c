-- The baseline of load.bitrix24: DuckDB's own JSON reader puts every row of the same recorded answers, as it came, into
-- a plain table of text ids. No types, no keys, no merge with what is held, no star: what the simplest copy would cost.
CREATE TABLE plain_row (id TEXT, body JSON);
INSERT INTO plain_row
WITH answer AS (
  SELECT unnest(json_extract(json, '$.result.result.*')) AS result
  FROM read_json_objects('{file}', format = 'newline_delimited', maximum_object_size = 33554432)),
list AS (
  SELECT CASE json_type(result) WHEN 'ARRAY' THEN result
         WHEN 'OBJECT' THEN coalesce(result -> 'items', result -> 'tasks', result -> 'productRows') END AS rows
  FROM answer)
SELECT coalesce(row ->> 'ID', row ->> 'id'), row FROM (SELECT unnest(json_extract(rows, '$[*]')) AS row FROM list);
