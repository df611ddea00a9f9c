-- Activities that touch a card: bound to it, or to one of its clients while it was in work under the same responsible.
CREATE OR REPLACE TEMP TABLE {card}_bound AS
SELECT c.card, b.activity_id FROM binding_rows b JOIN {card}_card c ON c.id = b.card_id WHERE b.entity = '{card}';

-- Who was responsible for a card in work, for each client that takes part in it.
CREATE OR REPLACE TEMP TABLE {card}_watched AS
SELECT p.card, p.entity, p.id, u.id AS owner_id, s.moment, coalesce(s.until, TIMESTAMP 'infinity') AS until
FROM {card}_span s
JOIN {card}_chain h ON h.card = s.card AND h.visit = s.visit
JOIN crm_user u ON u.key = s.owner_key
JOIN {card}_party p ON p.card = s.card
WHERE h.semantic = 0 AND {slice:s.card} AND {slice:h.card} AND {slice:p.card};

-- moment NULL: planned, not yet done.
CREATE OR REPLACE TEMP TABLE {card}_touch AS
SELECT b.card, a.created_at, coalesce(a.outgoing, FALSE) AS outgoing, a.doer_id, a.auto_completed, a.moment
FROM {card}_bound b JOIN done a ON a.id = b.activity_id;

-- A client's activities meet its cards by doer and responsible too: without them each card of a client would meet each
-- activity of it before the days are looked at.
INSERT INTO {card}_touch
SELECT w.card, a.created_at, coalesce(a.outgoing, FALSE), a.doer_id, a.auto_completed, a.moment
FROM client_done a
JOIN {card}_watched w ON w.id = a.card_id AND w.entity = a.entity AND w.owner_id = a.doer_id AND w.moment <= a.moment
  AND w.until > a.moment
WHERE {part:a.card_id} AND {part:w.id};

-- Everything that happened to a card; life: a sign of life by a person.
CREATE OR REPLACE TEMP TABLE {card}_signal AS
SELECT t.card, t.moment, t.human AS life, t.outgoing AND t.human AS answer
FROM (
  SELECT t.card, t.moment, t.outgoing, NOT t.auto_completed AND r.id IS NULL AS human
  FROM {card}_touch t
  LEFT JOIN robot r ON r.id = t.doer_id AND local_day(t.moment) >= r.from_day AND local_day(t.moment) < r.to_day
  WHERE t.moment IS NOT NULL AND {slice:t.card}) t
UNION ALL
SELECT card, created_at, FALSE, FALSE FROM {card}_touch WHERE moment IS NULL AND created_at IS NOT NULL AND {slice:card}
UNION ALL
-- Moves; who moved is known of the last one at most. An unknown mover is taken for a person.
SELECT h.card, h.moment, r.id IS NULL, r.id IS NULL
FROM (SELECT h.card, h.moment, local_day(h.moment) AS day, coalesce(h.mover_id, CASE WHEN h.is_last THEN c.mover_id END)
    AS mover_id
  FROM {card}_chain h JOIN {card}_card c ON c.card = h.card WHERE h.visit > 1 AND h.dated
    AND {slice:h.card} AND {slice:c.card}) h
LEFT JOIN robot r ON r.id = h.mover_id AND h.day >= r.from_day AND h.day < r.to_day
UNION ALL
SELECT card, modified_at, FALSE, FALSE FROM {card}_card WHERE modified_at IS NOT NULL AND {slice:card}
UNION ALL
SELECT card, moment, FALSE, FALSE FROM {card}_change WHERE {slice:card};

INSERT INTO f_{card}_sign
SELECT DISTINCT s.card, local_day(s.moment) AS day, s.life FROM {card}_signal s WHERE {slice:s.card}
ORDER BY 2;

CREATE OR REPLACE TEMP TABLE {card}_life AS
SELECT s.card, max(s.moment) FILTER (WHERE s.life) AS last_at, min(s.moment) FILTER (WHERE s.answer) AS answer_at
FROM {card}_signal s JOIN {card}_card c ON c.card = s.card
WHERE (s.life OR s.answer) AND (c.created_at IS NULL OR s.moment > c.created_at) AND {slice:s.card}
  AND {slice:c.card}
GROUP BY s.card;
DROP TABLE {card}_watched;
DROP TABLE {card}_party;
DROP TABLE {card}_touch;
DROP TABLE {card}_signal;
DROP TABLE {card}_span;
DROP TABLE {card}_change;
