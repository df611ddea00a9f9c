-- Who is no person: technical accounts, and the CRM's author 0.
CREATE OR REPLACE TEMP TABLE robot AS
SELECT name AS id FROM portal_setting WHERE kind = 'technical' UNION SELECT '0';

-- Activities that touch a card: bound to it, or to one of its clients while it was in work under the same responsible.
CREATE OR REPLACE TEMP TABLE {card}_bound AS
SELECT c.card, b.activity_id FROM activity_binding b JOIN {card}_card c ON c.id = b.card_id WHERE b.entity = '{card}';

CREATE OR REPLACE TEMP TABLE {card}_party AS
SELECT DISTINCT card, split_part(client_id, ':', 1) AS entity, substr(client_id, strpos(client_id, ':') + 1) AS id FROM (
  SELECT key AS card, company_id AS client_id FROM {card}_rows
  UNION ALL SELECT key, contact_id FROM {card}_rows
  UNION ALL SELECT c.key, l.client_id FROM {links} l JOIN {card}_rows c ON c.id = l.card_id)
WHERE client_id IS NOT NULL;

-- moment NULL: planned, not yet done.
CREATE OR REPLACE TEMP TABLE {card}_touch AS
WITH done AS (
  SELECT a.id, a.kind, a.direction, a.created_at, coalesce(a.doer_id, a.author_id) AS doer_id, a.auto_completed,
    CASE WHEN a.completed OR a.kind IN ('comment', 'message')
         THEN coalesce(a.happened_at, a.completed_at, a.starts_at, a.created_at) END AS moment
  FROM activity a WHERE a.deleted_at IS NULL),
direct AS (
  SELECT DISTINCT b.card, d.* FROM {card}_bound b JOIN done d ON d.id = b.activity_id),
through_client AS (
  SELECT DISTINCT p.card, d.*
  FROM activity_binding b
  JOIN {card}_party p ON p.entity = b.entity AND p.id = b.card_id
  JOIN done d ON d.id = b.activity_id
  JOIN crm_user u ON u.id = d.doer_id
  JOIN {card}_span s ON s.card = p.card AND s.owner_key = u.key AND s.moment <= d.moment
    AND (s.until IS NULL OR d.moment < s.until)
  JOIN {card}_chain h ON h.card = s.card AND h.visit = s.visit AND h.semantic = 0)
SELECT t.card, t.created_at, t.moment, t.direction = 'out' AS outgoing,
  NOT t.auto_completed AND (t.doer_id IS NULL OR t.doer_id NOT IN (SELECT id FROM robot)) AS human
FROM (SELECT * FROM direct UNION SELECT * FROM through_client) t;

-- Everything that happened to a card; life: a sign of life by a person.
CREATE OR REPLACE TEMP TABLE {card}_signal AS
SELECT card, moment, human AS life, outgoing AND human AS answer FROM {card}_touch WHERE moment IS NOT NULL
UNION ALL
SELECT card, created_at, FALSE, FALSE FROM {card}_touch WHERE moment IS NULL AND created_at IS NOT NULL
UNION ALL
-- Moves; who moved is known of the last one at most. An unknown mover is taken for a person.
SELECT h.card, h.moment, m.human, m.human FROM {card}_chain h JOIN {card}_card c ON c.card = h.card,
LATERAL (SELECT coalesce(h.mover_id, CASE WHEN h.is_last THEN c.mover_id END, '') NOT IN (SELECT id FROM robot) AS human) m
WHERE h.visit > 1 AND h.dated
UNION ALL
SELECT card, modified_at, FALSE, FALSE FROM {card}_card WHERE modified_at IS NOT NULL
UNION ALL
SELECT card, moment, FALSE, FALSE FROM {card}_change;

INSERT INTO f_{card}_sign
SELECT DISTINCT s.card, local_day(s.moment) AS day, s.life FROM {card}_signal s ORDER BY day;

CREATE OR REPLACE TEMP TABLE {card}_life AS
SELECT s.card, max(s.moment) FILTER (WHERE s.life) AS last_at, min(s.moment) FILTER (WHERE s.answer) AS answer_at
FROM {card}_signal s JOIN {card}_card c ON c.card = s.card
WHERE (s.life OR s.answer) AND (c.created_at IS NULL OR s.moment > c.created_at) GROUP BY s.card;
