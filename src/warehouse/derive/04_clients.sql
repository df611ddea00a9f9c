-- Clients of client_rows, and those of whom only a telephone is known. The driver has removed their old rows.
INSERT INTO d_client
SELECT c.key, c.id, c.kind, c.name, coalesce(t.key, 0), coalesce(r.key, 0), coalesce(o.key, 0),
  local_day(c.created_at), coalesce(a.key, 0), c.is_own, coalesce(i.key, 0), local_day(c.deleted_at)
FROM client_rows c
LEFT JOIN d_code t ON t.kind = 'client_type' AND t.id = c.client_type_id
LEFT JOIN d_code r ON r.kind = 'region' AND r.id = c.region_id
LEFT JOIN d_code i ON i.kind = 'industry' AND i.id = c.industry_id
LEFT JOIN crm_user o ON o.id = c.owner_id
LEFT JOIN crm_user a ON a.id = c.creator_id
ORDER BY c.key;

INSERT INTO d_client
SELECT p.key, 'phone:' || p.phone, 'phone', p.phone, 0, 0, 0, NULL, 0, FALSE, 0, NULL
FROM phone_client p WHERE p.key NOT IN (SELECT key FROM d_client);
