-- Whether the client of a lead was known before: had an earlier card. Needs all cards of the clients in question.
CREATE OR REPLACE TEMP TABLE lead_repeat AS
WITH client_first AS (
  SELECT client_key, min(created_at) AS created_at FROM (
    SELECT client_key, created_at, deleted_at FROM lead_card
    UNION ALL SELECT client_key, created_at, deleted_at FROM deal_card)
  WHERE client_key <> 0 AND deleted_at IS NULL GROUP BY client_key)
SELECT c.card, coalesce(o.created_at < c.created_at, FALSE) AS repeat
FROM lead_card c LEFT JOIN client_first o ON o.client_key = c.client_key;
