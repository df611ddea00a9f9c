-- The client of a card: its company, else the company of its main contact, else that contact, else the telephone
-- (metrics.md "Client"). Own companies are no clients; a client that we do not hold is none.
CREATE OR REPLACE TEMP TABLE {card}_buyer AS
WITH linked AS (
  SELECT l.card_id,
    min(l.client_id) FILTER (WHERE l.client_id LIKE 'company:%') AS company_id,
    coalesce(min(l.client_id) FILTER (WHERE l.client_id LIKE 'contact:%' AND l.is_primary),
             min(l.client_id) FILTER (WHERE l.client_id LIKE 'contact:%')) AS contact_id
  FROM {links} l JOIN {card}_rows r ON r.id = l.card_id GROUP BY l.card_id),
named AS MATERIALIZED (
  SELECT r.key AS card, nullif(r.phone, '') AS phone, coalesce(r.company_id, l.company_id) AS company_id,
    coalesce(r.contact_id, l.contact_id) AS contact_id
  FROM {card}_rows r LEFT JOIN linked l ON l.card_id = r.id),
-- Of the clients only those that are named, whatever their number.
near AS MATERIALIZED (
  SELECT id, key, company_id, is_own FROM client
  WHERE id IN (SELECT company_id FROM named UNION ALL SELECT contact_id FROM named)),
employer AS (SELECT id, key FROM client WHERE NOT is_own AND id IN (SELECT company_id FROM near WHERE id LIKE 'contact:%'))
SELECT n.card, coalesce(company.key, employer.key, contact.key) AS key, n.phone
FROM named n
LEFT JOIN near company ON company.id = n.company_id AND NOT company.is_own
LEFT JOIN near contact ON contact.id = n.contact_id
LEFT JOIN employer ON employer.id = contact.company_id;

INSERT INTO phone_client (phone)
SELECT DISTINCT c.phone FROM {card}_buyer c
WHERE c.key IS NULL AND c.phone IS NOT NULL AND NOT EXISTS (SELECT 1 FROM phone_client p WHERE p.phone = c.phone);

CREATE OR REPLACE TEMP TABLE {card}_buyer AS
SELECT c.card, coalesce(c.key, p.key, 0) AS client_key, c.key IS NULL AND p.key IS NOT NULL AS by_phone
FROM {card}_buyer c LEFT JOIN phone_client p ON p.phone = c.phone;

-- Whoever takes part in the card; a bare id, as in bindings.
CREATE OR REPLACE TEMP TABLE {card}_party AS
SELECT DISTINCT card, split_part(client_id, ':', 1) AS entity, substr(client_id, strpos(client_id, ':') + 1) AS id FROM (
  SELECT key AS card, company_id AS client_id FROM {card}_rows
  UNION ALL SELECT key, contact_id FROM {card}_rows
  UNION ALL SELECT c.key, l.client_id FROM {links} l JOIN {card}_rows c ON c.id = l.card_id)
WHERE client_id IS NOT NULL;
