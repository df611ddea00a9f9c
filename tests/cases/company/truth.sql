-- The same company as a person reads it with metrics.md in hand: days in the portal's zone, what each card counts as. Nothing
-- here is computed. Twins of every measure are written over these tables and never over the star.
-- outcome: P, S, F as the card counts; closed: its day; closer: whose closing it is; rank: 1 the client's first won deal, 2 a
-- later one (any: by any earlier deal). In production (5), deleted (8): not here; 8 stands in truth_visit for past states.
CREATE TABLE truth_deal AS SELECT id, created::DATE AS created, outcome, closed::DATE AS closed, cycle, owner, closer, at_creation, at_closing, planned::DATE AS planned, rank, any_rank, inquiry FROM (VALUES
  ('1', '2025-01-10', 'S', '2025-01-20', 864000 + 7200, '1', '1', 100.00, 100.00, NULL, 1, 1, FALSE),
  ('2', '2025-03-30', 'S', '2025-03-31', 82800, '2', '2', NULL, NULL, NULL, 2, 2, FALSE),  -- a day of 23 hours
  ('3', '2025-02-01', 'S', '2025-02-10', 9 * 86400, '2', '1', 250.50, 250.50, NULL, 1, 1, FALSE),
  ('4', '2025-02-03', 'S', '2025-02-14', 11 * 86400, '4', '4', -30.00, -30.00, NULL, 1, 1, FALSE),
  ('6', '2025-01-31', 'F', '2025-03-01', 28 * 86400 + 1800, '1', '1', 0.00, 0.00, NULL, NULL, NULL, TRUE),
  ('7', '2025-01-05', 'P', NULL, NULL, '1', NULL, 500.00, NULL, NULL, NULL, NULL, FALSE),
  ('9', NULL, 'P', NULL, NULL, '2', NULL, 70.00, NULL, NULL, NULL, NULL, FALSE),
  ('10', NULL, 'S', NULL, NULL, '2', '2', 20.00, 20.00, NULL, 1, 1, FALSE),
  ('11', '2025-03-01', 'P', NULL, NULL, NULL, NULL, 5.00, NULL, NULL, NULL, NULL, FALSE),
  ('12', '2025-01-15', 'S', '2025-03-10', 54 * 86400, '1', '1', 9.00, 8.00, NULL, 1, 1, FALSE),
  ('13', '2025-03-05', 'S', '2025-03-05', 1200, '1', '1', 40.00, 40.00, NULL, 2, 2, FALSE),
  ('14', '2025-03-02', 'P', NULL, NULL, '2', NULL, NULL, NULL, '2025-04-05', NULL, NULL, FALSE),
  ('15', '2025-03-03', 'P', NULL, NULL, '1', NULL, 60.00, NULL, '2025-04-20', NULL, NULL, FALSE),
  ('16', '2025-03-04', 'F', '2025-03-20', 16 * 86400, '2', '2', 11.11, 11.11, NULL, NULL, NULL, TRUE),
  ('17', '2025-03-12', 'S', '2025-04-02', 21 * 86400 - 0, '1', '1', 75.00, 75.00, NULL, 1, 2, TRUE))
  AS t(id, created, outcome, closed, cycle, owner, closer, at_creation, at_closing, planned, rank, any_rank, inquiry);
CREATE TABLE truth_lead AS SELECT id, created::DATE AS created, outcome, closed::DATE AS closed, cycle, owner, closer, amount, junk, touch, revenue FROM (VALUES
  ('A', '2025-03-01', 'S', '2025-03-12', 11 * 86400, '1', '1', 20.00, FALSE, 7200, 75.00),
  ('B', '2025-03-02', 'F', '2025-03-05', 3 * 86400, '1', '1', NULL, TRUE, 3 * 86400, NULL),
  ('C', '2025-03-03', 'F', '2025-03-10', 7 * 86400, '2', '2', 0.00, FALSE, 86400, NULL),
  ('D', '2025-03-06', 'P', NULL, NULL, '2', NULL, 30.00, FALSE, NULL, NULL),
  ('E', '2025-03-07', 'P', NULL, NULL, NULL, NULL, NULL, FALSE, 86400, NULL),
  ('F', NULL, 'P', NULL, NULL, '2', NULL, 7.00, FALSE, NULL, NULL),
  ('H', '2025-03-09', 'P', NULL, NULL, '1', NULL, 15.50, FALSE, 11 * 86400, NULL),
  ('I', '2025-02-10', 'S', '2025-03-15', 33 * 86400, '4', '4', 50.00, FALSE, 33 * 86400, NULL))
  AS t(id, created, outcome, closed, cycle, owner, closer, amount, junk, touch, revenue);
-- Stays, in order. ended: passed, lost, back, other, deleted, still. alive: the card is not deleted.
CREATE TABLE truth_visit AS SELECT entity, card, n, stage, semantic, entered::DATE AS entered, gone::DATE AS gone, seconds, ended, alive FROM (VALUES
  ('deal', '1', 1, 'NEW', 'P', '2025-01-10', '2025-01-15', 5 * 86400, 'passed', TRUE), ('deal', '1', 2, 'OFFER', 'P', '2025-01-15', '2025-01-20', 5 * 86400 + 7200, 'passed', TRUE), ('deal', '1', 3, 'WON', 'S', '2025-01-20', NULL, NULL, 'still', TRUE),
  ('deal', '2', 1, 'NEW', 'P', '2025-03-30', '2025-03-31', 82800, 'passed', TRUE), ('deal', '2', 2, 'WON', 'S', '2025-03-31', NULL, NULL, 'still', TRUE),
  ('deal', '3', 1, 'NEW', 'P', '2025-02-01', '2025-02-10', 9 * 86400, 'passed', TRUE), ('deal', '3', 2, 'PAID', 'S', '2025-02-10', '2025-02-12', 2 * 86400, 'passed', TRUE), ('deal', '3', 3, 'MAKE0', 'S', '2025-02-12', '2025-02-20', 8 * 86400, 'passed', TRUE), ('deal', '3', 4, 'WON', 'S', '2025-02-20', NULL, NULL, 'still', TRUE),
  ('deal', '4', 1, 'NEW', 'P', '2025-02-03', '2025-02-14', 11 * 86400, 'passed', TRUE), ('deal', '4', 2, 'WON', 'S', '2025-02-14', '2025-02-16', 2 * 86400, 'other', TRUE),
  ('deal', '6', 1, 'NEW', 'P', '2025-01-31', '2025-03-01', 28 * 86400 + 1800, 'lost', TRUE), ('deal', '6', 2, 'LOSE', 'F', '2025-03-01', NULL, NULL, 'still', TRUE),
  ('deal', '7', 1, 'NEW', 'P', '2025-01-05', '2025-01-25', 20 * 86400, 'passed', TRUE), ('deal', '7', 2, 'WON', 'S', '2025-01-25', '2025-02-25', 31 * 86400, 'back', TRUE), ('deal', '7', 3, 'OFFER', 'P', '2025-02-25', NULL, NULL, 'still', TRUE),
  ('deal', '8', 1, 'NEW', 'P', '2025-01-08', '2025-01-30', 22 * 86400, 'passed', FALSE), ('deal', '8', 2, 'WON', 'S', '2025-01-30', '2025-03-05', NULL, 'deleted', FALSE),
  ('deal', '11', 1, 'NEW', 'P', '2025-03-01', NULL, NULL, 'still', TRUE),
  ('deal', '12', 1, 'NEW', 'P', '2025-01-15', '2025-03-10', 54 * 86400, 'passed', TRUE), ('deal', '12', 2, 'WON', 'S', '2025-03-10', NULL, NULL, 'still', TRUE),
  ('deal', '13', 1, 'NEW', 'P', '2025-03-05', '2025-03-05', 1200, 'passed', TRUE), ('deal', '13', 2, 'WON', 'S', '2025-03-05', NULL, NULL, 'still', TRUE),
  ('deal', '14', 1, 'NEW', 'P', '2025-03-02', '2025-03-04', 2 * 86400, 'passed', TRUE), ('deal', '14', 2, 'OFFER', 'P', '2025-03-04', '2025-03-06', 2 * 86400, 'back', TRUE), ('deal', '14', 3, 'NEW', 'P', '2025-03-06', NULL, NULL, 'still', TRUE),
  ('deal', '15', 1, 'NEW', 'P', '2025-03-03', '2025-03-08', 5 * 86400, 'other', TRUE), ('deal', '15', 2, 'X1', 'P', '2025-03-08', NULL, NULL, 'still', TRUE),
  ('deal', '16', 1, 'NEW', 'P', '2025-03-04', '2025-03-09', 5 * 86400, 'passed', TRUE), ('deal', '16', 2, 'OFFER', 'P', '2025-03-09', '2025-03-20', 11 * 86400, 'lost', TRUE), ('deal', '16', 3, 'LOSE', 'F', '2025-03-20', NULL, NULL, 'still', TRUE),
  ('deal', '17', 1, 'NEW', 'P', '2025-03-12', '2025-04-02', 21 * 86400, 'passed', TRUE), ('deal', '17', 2, 'WON', 'S', '2025-04-02', NULL, NULL, 'still', TRUE),
  -- no date at all: known since the first load
  ('deal', '9', 0, 'NEW', 'P', '2025-04-01', NULL, NULL, 'still', TRUE), ('deal', '10', 0, 'WON', 'S', '2025-04-01', NULL, NULL, 'still', TRUE),
  ('lead', 'A', 1, 'L1', 'P', '2025-03-01', '2025-03-12', 11 * 86400, 'passed', TRUE), ('lead', 'A', 2, 'OK', 'S', '2025-03-12', NULL, NULL, 'still', TRUE),
  ('lead', 'B', 1, 'L1', 'P', '2025-03-02', '2025-03-05', 3 * 86400, 'lost', TRUE), ('lead', 'B', 2, 'JUNK', 'F', '2025-03-05', NULL, NULL, 'still', TRUE),
  ('lead', 'C', 1, 'L1', 'P', '2025-03-03', '2025-03-04', 86400, 'passed', TRUE), ('lead', 'C', 2, 'L2', 'P', '2025-03-04', '2025-03-10', 6 * 86400, 'lost', TRUE), ('lead', 'C', 3, 'BAD', 'F', '2025-03-10', NULL, NULL, 'still', TRUE),
  ('lead', 'D', 1, 'L1', 'P', '2025-03-06', NULL, NULL, 'still', TRUE),
  ('lead', 'E', 1, 'L1', 'P', '2025-03-07', '2025-03-08', 86400, 'passed', TRUE), ('lead', 'E', 2, 'L2', 'P', '2025-03-08', NULL, NULL, 'still', TRUE),
  ('lead', 'F', 0, 'L1', 'P', '2025-04-01', NULL, NULL, 'still', TRUE),
  ('lead', 'G', 1, 'L1', 'P', '2025-03-08', '2025-03-20', NULL, 'deleted', FALSE),
  ('lead', 'H', 1, 'L1', 'P', '2025-03-09', '2025-03-20', 11 * 86400, 'passed', TRUE), ('lead', 'H', 2, 'OK', 'S', '2025-03-20', '2025-03-25', 5 * 86400, 'back', TRUE), ('lead', 'H', 3, 'L1', 'P', '2025-03-25', NULL, NULL, 'still', TRUE),
  ('lead', 'I', 1, 'L1', 'P', '2025-02-10', '2025-03-15', 33 * 86400, 'passed', TRUE), ('lead', 'I', 2, 'OK', 'S', '2025-03-15', NULL, NULL, 'still', TRUE))
  AS t(entity, card, n, stage, semantic, entered, gone, seconds, ended, alive);
-- Signs of life by people besides moves, and steps that are open today.
CREATE TABLE truth_life AS SELECT entity, card, day::DATE AS day FROM (VALUES ('deal', '7', '2025-04-01'), ('deal', '15', '2025-04-08'), ('lead', 'A', '2025-03-01')) AS t(entity, card, day);
CREATE TABLE truth_step AS SELECT entity, card, deadline::DATE AS deadline FROM (VALUES ('deal', '14', '2025-04-15'), ('deal', '15', '2025-04-01')) AS t(entity, card, deadline);
CREATE TABLE truth_amount AS SELECT * FROM (VALUES ('deal', '7', 500.00), ('deal', '9', 70.00), ('deal', '11', 5.00), ('deal', '14', NULL), ('deal', '15', 60.00), ('deal', '17', 75.00), ('lead', 'D', 30.00), ('lead', 'E', NULL), ('lead', 'F', 7.00), ('lead', 'H', 15.50),
  ('deal', '1', 100), ('deal', '2', NULL), ('deal', '3', 250.50), ('deal', '4', -30), ('deal', '6', 0), ('deal', '8', 1000), ('deal', '10', 20), ('deal', '12', 8.00), ('deal', '13', 40), ('deal', '16', 11.11),
  ('lead', 'A', 20), ('lead', 'B', NULL), ('lead', 'C', 0), ('lead', 'I', 50), ('lead', 'G', 8)) AS t(entity, card, amount);
CREATE MACRO in_march(d) AS d >= DATE '2025-03-01' AND d < DATE '2025-04-01';
-- Where each card stands at the end of a day.
CREATE MACRO stands(what, day) AS TABLE SELECT v.*, amount FROM truth_visit AS v JOIN truth_amount USING (entity, card) WHERE v.entity = what AND entered <= day AND (gone IS NULL OR gone > day) AND (SELECT count(*) FROM truth_visit AS w WHERE w.entity = v.entity AND w.card = v.card AND w.n > v.n AND w.entered <= day) = 0;
CREATE MACRO money(x) AS CAST(x AS DECIMAL(18, 2));
