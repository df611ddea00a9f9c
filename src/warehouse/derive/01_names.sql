-- Small dimensions, built anew whenever their source changed. Needs stage_now.
DELETE FROM d_pipeline;
INSERT INTO d_pipeline
SELECT p.key, p.entity, p.id, p.name, coalesce(p.sort, 2147483647), p.entity = 'deal' AND a.name IS NOT NULL
FROM pipeline p LEFT JOIN portal_setting a ON a.kind = 'after_sale' AND a.name = p.id
  AND a.from_day IS NOT DISTINCT FROM (SELECT after_sale_from FROM rule_period WHERE is_now);

DELETE FROM d_stage;
INSERT INTO d_stage
SELECT n.stage_key, n.entity, n.stage_id, s.name, n.pipeline_key, n.semantic, n.ordinal, n.is_first,
  n.entity = 'lead' AND n.semantic = 2
    AND {junk_stage_now},
  s.color, s.removed_at IS NOT NULL
FROM stage_now n
JOIN stage s ON s.key = n.stage_key
ORDER BY n.stage_key;

-- The department tree: a department whose parent is missing (or that hangs in a circle) stands at the top.
DELETE FROM d_department;
INSERT INTO d_department
WITH RECURSIVE tree AS (
  SELECT d.id, d.key, d.name, 0 AS parent_key, 0 AS depth,
    [printf('%010d %s %010d', coalesce(d.sort, 999999999), lower(d.name), d.key)] AS path
  FROM department d
  WHERE d.parent_id IS NULL OR d.parent_id = d.id OR NOT EXISTS (SELECT 1 FROM department p WHERE p.id = d.parent_id)
  UNION ALL
  SELECT d.id, d.key, d.name, t.key, t.depth + 1,
    list_append(t.path, printf('%010d %s %010d', coalesce(d.sort, 999999999), lower(d.name), d.key))
  FROM department d JOIN tree t ON d.parent_id = t.id AND d.id <> t.id
  WHERE t.depth < 50),
placed AS (
  SELECT * FROM tree
  UNION ALL
  SELECT d.id, d.key, d.name, 0, 0, [printf('%010d %s %010d', 999999999, lower(d.name), d.key)]
  FROM department d WHERE d.id NOT IN (SELECT id FROM tree))
SELECT key, id, name, parent_key, depth, row_number() OVER (ORDER BY path) FROM placed;

DELETE FROM d_employee;
INSERT INTO d_employee
WITH first_department AS (
  SELECT u.user_id, arg_min(d.key, u.ordinal) AS key
  FROM user_department u JOIN department d ON d.id = u.department_id GROUP BY u.user_id)
SELECT u.key, u.id, u.name, coalesce(f.key, 0), u.active AND u.removed_at IS NULL, t.id IS NOT NULL,
  u.photo_url, u.position
FROM crm_user u
LEFT JOIN first_department f ON f.user_id = u.id
LEFT JOIN robot t ON t.id = u.id AND t.is_now
ORDER BY u.key;
