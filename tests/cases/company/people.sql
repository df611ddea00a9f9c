-- What the people of the company did, with everything that goes wrong in it, and what is true of it. Moments in UTC, true days in
-- the portal's zone. None of it is bound to a card that is in work, so that no card's sign of life changes.
INSERT INTO activity BY NAME SELECT id, kind, direction, doer AS author_id, doer AS doer_id, created::TIMESTAMP AS created_at, deadline::TIMESTAMP AS deadline_at, completed, CASE WHEN completed THEN happened::TIMESTAMP END AS completed_at,
  happened::TIMESTAMP AS happened_at, seconds AS duration_s, missed, robot AS auto_completed, CASE WHEN id = 'p:16' THEN TIMESTAMP '2025-04-01' END AS deleted_at, 'Дело "' || id || '"' AS subject, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('p:1', 'call', 'in', '1', '2025-03-03 10:00', NULL, TRUE, '2025-03-03 10:00', 45, FALSE, FALSE),    -- telephony says 50 s
  ('p:2', 'call', 'out', '2', '2025-03-03 11:00', NULL, TRUE, '2025-03-03 11:00', 29, NULL, FALSE),
  ('p:3', 'call', 'in', '1', '2025-03-31 22:30', NULL, FALSE, '2025-03-31 22:30', 0, TRUE, FALSE),     -- half past midnight of 1 April
  ('p:4', 'call', 'in', '2', '2025-03-10 10:00', NULL, TRUE, '2025-03-10 10:00', 0, TRUE, FALSE),
  ('p:5', 'meeting', NULL, '1', '2025-02-20 10:00', NULL, TRUE, '2025-02-28 23:30', NULL, NULL, FALSE),  -- half past midnight of 1 March
  ('p:6', 'email', 'in', '2', '2025-03-05 10:00', NULL, TRUE, '2025-03-05 10:00', NULL, NULL, FALSE),
  ('p:7', 'email', 'out', '2', '2025-03-05 11:00', NULL, TRUE, '2025-03-05 11:00', NULL, NULL, FALSE),
  ('p:8', 'email', 'out', '3', '2025-03-05 12:00', NULL, TRUE, '2025-03-05 12:00', NULL, NULL, FALSE),   -- a technical account's
  ('p:9', 'email', 'out', '1', '2025-03-05 13:00', NULL, TRUE, '2025-03-05 13:00', NULL, NULL, TRUE),    -- completed by the CRM
  ('p:10', 'task', NULL, '2', '2025-03-04 10:00', '2025-03-08 10:00', TRUE, '2025-03-07 10:00', NULL, NULL, FALSE),
  ('p:11', 'task', NULL, '2', '2025-03-11 10:00', '2025-03-20 10:00', FALSE, NULL, NULL, NULL, FALSE),
  ('p:12', 'task', NULL, '1', '2025-02-20 10:00', '2025-03-25 10:00', TRUE, '2025-04-02 10:00', NULL, NULL, FALSE),  -- late
  ('p:13', 'message', 'in', '1', '2025-03-12 10:00', NULL, FALSE, NULL, NULL, NULL, FALSE),              -- needs no completion
  ('p:14', 'message', 'out', NULL, '2025-03-12 11:00', NULL, TRUE, '2025-03-12 11:00', NULL, NULL, FALSE),
  ('p:15', 'other', NULL, '4', '2025-03-13 10:00', NULL, TRUE, '2025-03-13 10:00', NULL, NULL, FALSE),
  ('p:16', 'call', 'out', '1', '2025-03-13 11:00', NULL, TRUE, '2025-03-13 11:00', 99, NULL, FALSE),     -- deleted
  ('p:17', 'meeting', NULL, '1', '2025-03-13 12:00', '2025-04-20 10:00', FALSE, NULL, NULL, NULL, FALSE),  -- ahead
  ('p:18', 'call', 'out', '1', '2025-01-16 09:00', NULL, TRUE, '2025-01-16 09:00', 600, NULL, FALSE),    -- deal 1, company 1
  ('p:19', 'call', NULL, '1', '2025-03-16 09:00', NULL, TRUE, '2025-03-16 09:00', 31, NULL, FALSE))
  AS t(id, kind, direction, doer, created, deadline, completed, happened, seconds, missed, robot);
INSERT INTO activity_binding VALUES ('p:18', 'deal', '1'), ('p:18', 'company', '1');
INSERT INTO call BY NAME SELECT id, activity_id, user_id, direction, started::TIMESTAMP AS started_at, seconds AS duration_s, missed, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('k1', 'p:1', '1', 'in', '2025-03-03 10:00', 50, FALSE),
  ('k9', NULL, '2', 'out', '2025-03-14 10:00', 120, FALSE),        -- no activity was made of it
  ('k10', 'act:gone', NULL, 'in', '2025-03-15 10:00', 0, TRUE),    -- of one that we do not hold; nobody answered
  ('k11', 'p:16', '1', 'out', '2025-03-13 11:00', 99, FALSE),      -- its activity was deleted
  ('k12', NULL, '3', 'out', '2025-03-15 11:00', 60, FALSE))        -- a robot's
  AS t(id, activity_id, user_id, direction, started, seconds, missed);
-- who NULL: nobody known. done: it took place.
CREATE TABLE truth_action AS SELECT id, kind, day::DATE AS day, created::DATE AS created, deadline::DATE AS deadline, who, seconds, done FROM (VALUES
  ('act:1', 'call_out', '2025-04-01', '2025-04-01', NULL, '1', NULL, TRUE), ('act:6', 'call_out', '2025-03-01', '2025-03-01', NULL, '1', NULL, TRUE),
  ('task:2', 'task', NULL, '2025-03-06', '2025-04-15', '2', NULL, FALSE), ('task:3', 'task', NULL, '2025-03-10', '2025-04-01', '1', NULL, FALSE),
  ('comment:5', 'comment', '2025-04-08', '2025-04-08', NULL, '1', NULL, TRUE),
  ('p:1', 'call_in', '2025-03-03', '2025-03-03', NULL, '1', 50, TRUE), ('p:2', 'call_out', '2025-03-03', '2025-03-03', NULL, '2', 29, TRUE),
  ('p:3', 'call_missed', '2025-04-01', '2025-04-01', NULL, '1', 0, TRUE), ('p:4', 'call_missed', '2025-03-10', '2025-03-10', NULL, '2', 0, TRUE),
  ('p:5', 'meeting', '2025-03-01', '2025-02-20', NULL, '1', NULL, TRUE), ('p:6', 'email_in', '2025-03-05', '2025-03-05', NULL, '2', NULL, TRUE),
  ('p:7', 'email_out', '2025-03-05', '2025-03-05', NULL, '2', NULL, TRUE), ('p:10', 'task', '2025-03-07', '2025-03-04', '2025-03-08', '2', NULL, TRUE),
  ('p:11', 'task', NULL, '2025-03-11', '2025-03-20', '2', NULL, FALSE), ('p:12', 'task', '2025-04-02', '2025-02-20', '2025-03-25', '1', NULL, TRUE),
  ('p:13', 'message', '2025-03-12', '2025-03-12', NULL, '1', NULL, TRUE), ('p:14', 'message', '2025-03-12', '2025-03-12', NULL, NULL, NULL, TRUE),
  ('p:15', 'other', '2025-03-13', '2025-03-13', NULL, '4', NULL, TRUE), ('p:17', 'meeting', NULL, '2025-03-13', '2025-04-20', '1', NULL, FALSE),
  ('p:18', 'call_out', '2025-01-16', '2025-01-16', NULL, '1', 600, TRUE), ('p:19', 'call_out', '2025-03-16', '2025-03-16', NULL, '1', 31, TRUE),
  ('k9', 'call_out', '2025-03-14', '2025-03-14', NULL, '2', 120, TRUE), ('k10', 'call_missed', '2025-03-15', '2025-03-15', NULL, NULL, 0, TRUE))
  AS t(id, kind, day, created, deadline, who, seconds, done);
-- Who moved each card that is not deleted into its second and later stages.
INSERT INTO truth_action SELECT 'move', 'stage_change', entered, entered, NULL, who, NULL, TRUE FROM truth_visit JOIN (VALUES
  ('deal', '1', 2, '1'), ('deal', '1', 3, '1'), ('deal', '2', 2, '2'), ('deal', '3', 2, '1'), ('deal', '3', 3, '2'), ('deal', '3', 4, '2'), ('deal', '4', 2, '4'), ('deal', '6', 2, '1'),
  ('deal', '7', 2, '1'), ('deal', '7', 3, '1'), ('deal', '12', 2, '1'), ('deal', '13', 2, '1'), ('deal', '14', 2, '2'), ('deal', '14', 3, '2'), ('deal', '15', 2, '1'), ('deal', '16', 2, '2'), ('deal', '16', 3, '2'),
  ('deal', '17', 2, '1'), ('lead', 'A', 2, '1'), ('lead', 'B', 2, '1'), ('lead', 'C', 2, '2'), ('lead', 'C', 3, '2'), ('lead', 'E', 2, '2'), ('lead', 'H', 2, '1'), ('lead', 'H', 3, '1'), ('lead', 'I', 2, '4'))
  AS m(entity, card, n, who) USING (entity, card, n) WHERE alive;
-- The hand-over of deal 4 to production is a move too.
INSERT INTO truth_action VALUES ('move', 'stage_change', DATE '2025-02-16', DATE '2025-02-16', NULL, '4', NULL, TRUE);
CREATE MACRO weight_of(kind) AS CASE kind WHEN 'meeting' THEN 3.0 WHEN 'call_in' THEN 1.0 WHEN 'call_out' THEN 1.0 WHEN 'email_out' THEN 1.0 WHEN 'task' THEN 1.0 WHEN 'message' THEN 0.5 WHEN 'comment' THEN 0.25 WHEN 'stage_change' THEN 0.25 WHEN 'other' THEN 0.25 ELSE 0 END;
-- Whose client each is. Contact 1 works for company 1 and takes part in deal 1, contact 2 in deal 3; 6 is a company of our own, 7 was deleted.
INSERT INTO client BY NAME SELECT id, kind, id AS name, company_id, is_own, deleted::TIMESTAMP AS deleted_at, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('company:6', 'company', NULL, TRUE, NULL), ('company:7', 'company', NULL, FALSE, '2025-03-15 09:00'), ('contact:1', 'contact', 'company:1', FALSE, NULL), ('contact:2', 'contact', NULL, FALSE, NULL)) AS t(id, kind, company_id, is_own, deleted);
CREATE TABLE truth_client AS SELECT id, split_part(id, ':', 1) AS kind, owner, creator, created::DATE AS created, gone::DATE AS gone FROM (VALUES
  ('company:1', '1', '1', '2025-01-05', NULL), ('company:2', '2', '2', '2025-02-10', NULL), ('company:3', '1', '2', '2025-03-03', NULL), ('company:4', '2', '1', '2025-01-20', NULL),
  ('company:5', NULL, NULL, NULL, NULL), ('company:7', '1', '1', '2025-01-01', '2025-03-15'), ('contact:1', '1', '2', '2025-03-05', NULL), ('contact:2', '2', '2', '2025-01-01', NULL)) AS t(id, owner, creator, created, gone);
UPDATE client SET owner_id = t.owner, creator_id = t.creator, created_at = t.created + INTERVAL 9 HOUR FROM truth_client AS t WHERE t.id = client.id;
INSERT INTO deal_client VALUES ('1', 'contact:1', FALSE), ('3', 'contact:2', FALSE);
INSERT INTO activity BY NAME SELECT 'p:20' AS id, 'call' AS kind, 'out' AS direction, '2' AS author_id, '2' AS doer_id, TIMESTAMP '2025-03-18 09:00' AS created_at, TRUE AS completed, TIMESTAMP '2025-03-18 09:00' AS completed_at, TIMESTAMP '2025-03-18 09:00' AS happened_at,
  40 AS duration_s, FALSE AS auto_completed, 'Звонок' AS subject, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash;
INSERT INTO activity_binding VALUES ('p:20', 'contact', '2');
INSERT INTO truth_action VALUES ('p:20', 'call_out', DATE '2025-03-18', DATE '2025-03-18', NULL, '2', 40, TRUE);
