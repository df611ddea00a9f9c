-- Who is no person: technical accounts, and the CRM's author 0.
CREATE OR REPLACE TEMP TABLE robot AS
SELECT name AS id FROM portal_setting WHERE kind = 'technical' UNION SELECT '0';

-- Activities that touch a card: bound to it, or to one of its clients while it was in work under the same responsible.
CREATE OR REPLACE TEMP TABLE {card}_bound AS
SELECT c.card, b.activity_id FROM binding_rows b JOIN {card}_card c ON c.id = b.card_id WHERE b.entity = '{card}';

-- Step by step, so that each join has a key of the card or the activity: the range of days is looked at last.
-- moment NULL: planned, not yet done.
CREATE OR REPLACE TEMP TABLE {card}_near AS
WITH linked AS (
  SELECT card, activity_id, TRUE AS direct FROM {card}_bound
  UNION ALL
  SELECT p.card, b.activity_id, FALSE FROM binding_rows b JOIN {card}_party p ON p.id = b.card_id AND p.entity = b.entity)
SELECT l.card, l.direct, a.created_at, a.direction = 'out' AS outgoing, coalesce(a.doer_id, a.author_id) AS doer_id,
  a.auto_completed,
  CASE WHEN a.completed OR a.kind IN ('comment', 'message')
       THEN coalesce(a.happened_at, a.completed_at, a.starts_at, a.created_at) END AS moment
FROM linked l JOIN touching a ON a.id = l.activity_id
WHERE a.deleted_at IS NULL;

CREATE OR REPLACE TEMP TABLE {card}_work AS
SELECT s.card, u.id AS owner_id, s.moment, coalesce(s.until, TIMESTAMP 'infinity') AS until
FROM {card}_span s
JOIN {card}_chain h ON h.card = s.card AND h.visit = s.visit
JOIN crm_user u ON u.key = s.owner_key
WHERE h.semantic = 0;

CREATE OR REPLACE TEMP TABLE {card}_touch AS
WITH touch AS (
  SELECT card, created_at, outgoing, doer_id, auto_completed, moment FROM {card}_near WHERE direct
  UNION ALL
  SELECT n.card, n.created_at, n.outgoing, n.doer_id, n.auto_completed, n.moment
  FROM {card}_near n SEMI JOIN {card}_work w
    ON w.card = n.card AND w.owner_id = n.doer_id AND w.moment <= n.moment AND w.until > n.moment
  WHERE NOT n.direct AND n.moment IS NOT NULL)
SELECT card, created_at, moment, coalesce(outgoing, FALSE) AS outgoing,
  NOT auto_completed AND (doer_id IS NULL OR doer_id NOT IN (SELECT id FROM robot)) AS human
FROM touch;

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
DROP TABLE {card}_near;
DROP TABLE {card}_work;
DROP TABLE {card}_party;
DROP TABLE {card}_touch;
DROP TABLE {card}_signal;
DROP TABLE {card}_span;
DROP TABLE {card}_change;
