-- A company as a CRM holds it (moments in UTC), with everything that goes wrong in one. The portal's zone is Europe/Berlin:
-- UTC+1, from 30 March 2025 01:00 UTC on UTC+2. Stage PAID of pipeline 0 is the sale point, pipeline 9 is after the sale,
-- user 3 is a robot, stage JUNK of leads is junk. Base currency EUR; dollars have copies of the rate from 1 February on.
INSERT INTO department BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('d1', 'Продажи "А"', NULL), ('d2', 'Юг', 'd1')) AS t(id, name, parent_id);
INSERT INTO crm_user BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('1', 'Анна O''Neil 🚀', TRUE), ('2', 'Боб', TRUE), ('3', 'Робот', TRUE), ('4', 'Уволенный', FALSE)) AS t(id, name, active);
INSERT INTO user_department VALUES ('1', 'd1', 0), ('2', 'd2', 0), ('2', 'd1', 1), ('3', 'd1', 0);
INSERT INTO pipeline BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('deal', '0', 'Основная', 1), ('deal', '5', 'Опт', 2), ('deal', '9', 'Производство', 3), ('lead', 'lead', 'Лиды', 1)) AS t(entity, id, name, sort);
INSERT INTO stage BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('deal', '0', 'NEW', 'Новая', 10, 'P'), ('deal', '0', 'OFFER', 'Счёт «О''К»', 20, 'P'), ('deal', '0', 'PAID', 'Оплачено', 25, 'P'),
  ('deal', '0', 'MAKE0', 'Сборка', 27, 'P'), ('deal', '0', 'WON', 'Успех', 30, 'S'), ('deal', '0', 'LOSE', 'Провал', 40, 'F'),
  ('deal', '5', 'X1', 'Опт: новая', 10, 'P'), ('deal', '5', 'XW', 'Опт: успех', 20, 'S'), ('deal', '5', 'XL', 'Опт: провал', 30, 'F'),
  ('deal', '9', 'MAKE', 'Делаем', 10, 'P'), ('deal', '9', 'DONE', 'Готово', 20, 'S'), ('deal', '9', 'FAIL', 'Брак', 30, 'F'),
  ('lead', 'lead', 'L1', 'Новый', 10, 'P'), ('lead', 'lead', 'L2', 'В обработке', 20, 'P'), ('lead', 'lead', 'OK', 'Качественный', 30, 'S'),
  ('lead', 'lead', 'BAD', 'Отказ', 40, 'F'), ('lead', 'lead', 'JUNK', 'Мусор', 50, 'F')) AS t(entity, pipeline_id, id, name, sort, semantic);
INSERT INTO dictionary BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('loss_reason', 'PRICE', 'Дорого'), ('source', 'WEB', 'Сайт'), ('deal_type', 'SALE', 'Продажа')) AS t(kind, id, name);
INSERT INTO currency_rate SELECT c, date_diff('day', DATE '1970-01-01', d), r, TIMESTAMP '2025-04-10' FROM (VALUES ('USD', DATE '2025-02-01', 0.90), ('USD', DATE '2025-03-01', 0.80)) AS t(c, d, r);
INSERT INTO client BY NAME SELECT *, 'company' AS kind, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('company:1', 'ООО "Ромашка"'), ('company:2', 'O''Neil 🚀'), ('company:3', 'Ω'), ('company:4', 'Клён'), ('company:5', 'ТД')) AS t(id, name);
INSERT INTO deal BY NAME SELECT id, 'Сделка ' || id AS title, pipeline_id, stage_id, amount, currency, owner_id, seller_id, 'company:' || client AS company_id, lead_id, reason AS loss_reason_id, source_id,
  created::TIMESTAMP AS created_at, moved::TIMESTAMP AS moved_at, CASE WHEN planned IS NOT NULL THEN date_diff('day', DATE '1970-01-01', planned::DATE) END AS planned_close, deleted::TIMESTAMP AS deleted_at,
  TIMESTAMP '2025-04-01 08:00' AS first_seen_at, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('1', '0', 'WON', 100.00, 'EUR', '1', '1', '1', NULL, NULL, 'WEB', '2025-01-10 09:00', '2025-01-20 11:00', '2025-01-17', NULL),
  -- created half an hour after midnight of the day on which the clocks change, won half an hour after the next midnight
  ('2', '0', 'WON', NULL, 'EUR', '2', '2', '1', NULL, NULL, NULL, '2025-03-29 23:30', '2025-03-30 22:30', NULL, NULL),
  -- the sale point; sold by 1, now with 2
  ('3', '0', 'WON', 250.50, 'EUR', '2', '1', '2', NULL, NULL, NULL, '2025-02-01 09:00', '2025-02-20 09:00', NULL, NULL),
  -- handed over to production; no client; sold by one who has left
  ('4', '9', 'MAKE', -30.00, 'EUR', '4', '4', NULL, NULL, NULL, NULL, '2025-02-03 09:00', '2025-02-16 09:00', NULL, NULL),
  ('5', '9', 'MAKE', 999.00, 'EUR', '1', NULL, '5', NULL, NULL, NULL, '2025-02-05 09:00', '2025-02-05 09:00', NULL, NULL),
  -- lost at the first moment of March
  ('6', '0', 'LOSE', 0.00, 'EUR', '1', '1', '3', NULL, 'PRICE', NULL, '2025-01-31 22:30', '2025-02-28 23:00', NULL, NULL),
  -- won, then opened again
  ('7', '0', 'OFFER', 500.00, 'EUR', '1', NULL, '5', NULL, NULL, 'WEB', '2025-01-05 09:00', '2025-02-25 09:00', NULL, NULL),
  ('8', '0', 'WON', 1000.00, 'EUR', '1', '1', '5', NULL, NULL, NULL, '2025-01-08 09:00', '2025-01-30 09:00', NULL, '2025-03-05 09:00'),
  ('9', '0', 'NEW', 70.00, 'EUR', '2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  ('10', '0', 'WON', 20.00, 'EUR', '2', '2', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  -- planned close as the CRM fills it in by itself
  ('11', '0', 'NEW', 5.00, 'EUR', '3', NULL, NULL, NULL, NULL, NULL, '2025-03-01 09:00', '2025-03-01 09:00', '2025-03-08', NULL),
  -- dollars, created before the first copy of the rate
  ('12', '0', 'WON', 10.00, 'USD', '1', '1', '3', NULL, NULL, NULL, '2025-01-15 09:00', '2025-03-10 09:00', NULL, NULL),
  -- entered afterwards
  ('13', '0', 'WON', 40.00, 'EUR', '1', '1', '2', NULL, NULL, NULL, '2025-03-05 09:00', '2025-03-05 09:20', NULL, NULL),
  ('14', '0', 'NEW', NULL, 'EUR', '2', NULL, '4', NULL, NULL, NULL, '2025-03-02 09:00', '2025-03-06 09:00', '2025-04-05', NULL),
  ('15', '5', 'X1', 60.00, 'EUR', '1', NULL, NULL, NULL, NULL, NULL, '2025-03-03 09:00', '2025-03-08 09:00', '2025-04-20', NULL),
  ('16', '0', 'LOSE', 11.11, 'EUR', '2', '2', '3', NULL, 'PRICE', NULL, '2025-03-04 09:00', '2025-03-20 09:00', NULL, NULL),
  ('17', '0', 'WON', 75.00, 'EUR', '1', '1', '4', 'A', NULL, NULL, '2025-03-12 09:00', '2025-04-02 09:00', NULL, NULL))
  AS t(id, pipeline_id, stage_id, amount, currency, owner_id, seller_id, client, lead_id, reason, source_id, created, moved, planned, deleted);
INSERT INTO lead BY NAME SELECT id, 'Лид ' || id AS title, 'lead' AS pipeline_id, stage_id, amount, 'EUR' AS currency, owner_id, seller_id, created::TIMESTAMP AS created_at, moved::TIMESTAMP AS moved_at, deleted::TIMESTAMP AS deleted_at,
  TIMESTAMP '2025-04-01 08:00' AS first_seen_at, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('A', 'OK', 20.00, '1', '1', '2025-03-01 09:00', '2025-03-12 09:00', NULL), ('B', 'JUNK', NULL, '1', '1', '2025-03-02 09:00', '2025-03-05 09:00', NULL),
  ('C', 'BAD', 0.00, '2', '2', '2025-03-03 09:00', '2025-03-10 09:00', NULL), ('D', 'L1', 30.00, '2', NULL, '2025-03-06 09:00', '2025-03-06 09:00', NULL),
  ('E', 'L2', NULL, '3', NULL, '2025-03-07 09:00', '2025-03-08 09:00', NULL), ('F', 'L1', 7.00, '2', NULL, NULL, NULL, NULL),
  ('G', 'L1', 8.00, '1', NULL, '2025-03-08 09:00', '2025-03-08 09:00', '2025-03-20 09:00'), ('H', 'L1', 15.50, '1', NULL, '2025-03-09 09:00', '2025-03-25 09:00', NULL),
  ('I', 'OK', 50.00, '4', '4', '2025-02-10 09:00', '2025-03-15 09:00', NULL)) AS t(id, stage_id, amount, owner_id, seller_id, created, moved, deleted);
INSERT INTO stage_event BY NAME SELECT entity, row_number() OVER ()::TEXT AS id, card_id, CASE WHEN first THEN 1 ELSE 2 END AS kind, pipeline_id, stage_id, moment::TIMESTAMP AS moved_at, mover AS mover_id, TIMESTAMP '2025-04-10' AS seen_at FROM (VALUES
  ('deal', '1', TRUE, '0', 'NEW', '2025-01-10 09:00', '1'), ('deal', '1', FALSE, '0', 'OFFER', '2025-01-15 09:00', '1'), ('deal', '1', FALSE, '0', 'WON', '2025-01-20 11:00', '1'),
  ('deal', '2', TRUE, '0', 'NEW', '2025-03-29 23:30', '2'), ('deal', '2', FALSE, '0', 'WON', '2025-03-30 22:30', '2'),
  ('deal', '3', TRUE, '0', 'NEW', '2025-02-01 09:00', '1'), ('deal', '3', FALSE, '0', 'PAID', '2025-02-10 09:00', '1'), ('deal', '3', FALSE, '0', 'MAKE0', '2025-02-12 09:00', '2'), ('deal', '3', FALSE, '0', 'WON', '2025-02-20 09:00', '2'),
  ('deal', '4', TRUE, '0', 'NEW', '2025-02-03 09:00', '4'), ('deal', '4', FALSE, '0', 'WON', '2025-02-14 09:00', '4'), ('deal', '4', FALSE, '9', 'MAKE', '2025-02-16 09:00', '4'),
  ('deal', '5', TRUE, '9', 'MAKE', '2025-02-05 09:00', '1'),
  ('deal', '6', TRUE, '0', 'NEW', '2025-01-31 22:30', '1'), ('deal', '6', FALSE, '0', 'LOSE', '2025-02-28 23:00', '1'),
  ('deal', '7', TRUE, '0', 'NEW', '2025-01-05 09:00', '1'), ('deal', '7', FALSE, '0', 'WON', '2025-01-25 09:00', '1'), ('deal', '7', FALSE, '0', 'OFFER', '2025-02-25 09:00', '1'),
  ('deal', '8', TRUE, '0', 'NEW', '2025-01-08 09:00', '1'), ('deal', '8', FALSE, '0', 'WON', '2025-01-30 09:00', '1'),
  ('deal', '11', TRUE, '0', 'NEW', '2025-03-01 09:00', '3'),
  ('deal', '12', TRUE, '0', 'NEW', '2025-01-15 09:00', '1'), ('deal', '12', FALSE, '0', 'WON', '2025-03-10 09:00', '1'),
  ('deal', '13', TRUE, '0', 'NEW', '2025-03-05 09:00', '1'), ('deal', '13', FALSE, '0', 'WON', '2025-03-05 09:20', '1'),
  ('deal', '14', TRUE, '0', 'NEW', '2025-03-02 09:00', '2'), ('deal', '14', FALSE, '0', 'OFFER', '2025-03-04 09:00', '2'), ('deal', '14', FALSE, '0', 'NEW', '2025-03-06 09:00', '2'),
  ('deal', '15', TRUE, '0', 'NEW', '2025-03-03 09:00', '1'), ('deal', '15', FALSE, '5', 'X1', '2025-03-08 09:00', '1'),
  ('deal', '16', TRUE, '0', 'NEW', '2025-03-04 09:00', '2'), ('deal', '16', FALSE, '0', 'OFFER', '2025-03-09 09:00', '2'), ('deal', '16', FALSE, '0', 'LOSE', '2025-03-20 09:00', '2'),
  ('deal', '17', TRUE, '0', 'NEW', '2025-03-12 09:00', '1'), ('deal', '17', FALSE, '0', 'WON', '2025-04-02 09:00', '1'),
  ('lead', 'A', TRUE, 'lead', 'L1', '2025-03-01 09:00', '3'), ('lead', 'A', FALSE, 'lead', 'OK', '2025-03-12 09:00', '1'),
  ('lead', 'B', TRUE, 'lead', 'L1', '2025-03-02 09:00', '3'), ('lead', 'B', FALSE, 'lead', 'JUNK', '2025-03-05 09:00', '1'),
  ('lead', 'C', TRUE, 'lead', 'L1', '2025-03-03 09:00', '3'), ('lead', 'C', FALSE, 'lead', 'L2', '2025-03-04 09:00', '2'), ('lead', 'C', FALSE, 'lead', 'BAD', '2025-03-10 09:00', '2'),
  ('lead', 'D', TRUE, 'lead', 'L1', '2025-03-06 09:00', '3'),
  ('lead', 'E', TRUE, 'lead', 'L1', '2025-03-07 09:00', '3'), ('lead', 'E', FALSE, 'lead', 'L2', '2025-03-08 09:00', '2'),
  ('lead', 'G', TRUE, 'lead', 'L1', '2025-03-08 09:00', '3'),
  ('lead', 'H', TRUE, 'lead', 'L1', '2025-03-09 09:00', '3'), ('lead', 'H', FALSE, 'lead', 'OK', '2025-03-20 09:00', '1'), ('lead', 'H', FALSE, 'lead', 'L1', '2025-03-25 09:00', '1'),
  ('lead', 'I', TRUE, 'lead', 'L1', '2025-02-10 09:00', '3'), ('lead', 'I', FALSE, 'lead', 'OK', '2025-03-15 09:00', '4')) AS t(entity, card_id, first, pipeline_id, stage_id, moment, mover);
INSERT INTO activity BY NAME SELECT id, kind, direction, doer AS author_id, doer AS doer_id, created::TIMESTAMP AS created_at, deadline::TIMESTAMP AS deadline_at, done IS NOT NULL AS completed, done::TIMESTAMP AS completed_at, done::TIMESTAMP AS happened_at, robot AS auto_completed,
  TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES
  ('act:1', 'call', 'out', '1', '2025-04-01 09:00', NULL, '2025-04-01 09:00', FALSE),     -- deal 7
  ('task:2', 'task', NULL, '2', '2025-03-06 09:00', '2025-04-15 09:00', NULL, FALSE),     -- deal 14: ahead
  ('task:3', 'task', NULL, '1', '2025-03-10 09:00', '2025-04-01 09:00', NULL, FALSE),     -- deal 15: overdue
  ('act:4', 'email', 'out', '3', '2025-04-05 09:00', NULL, '2025-04-05 09:00', TRUE),     -- deal 11: a robot's
  ('comment:5', 'comment', NULL, '1', '2025-04-08 09:00', NULL, '2025-04-08 09:00', FALSE),  -- deal 15
  ('act:6', 'call', 'out', '1', '2025-03-01 11:00', NULL, '2025-03-01 11:00', FALSE)) AS t(id, kind, direction, doer, created, deadline, done, robot);  -- lead A
INSERT INTO activity_binding VALUES ('act:1', 'deal', '7'), ('task:2', 'deal', '14'), ('task:3', 'deal', '15'), ('act:4', 'deal', '11'), ('comment:5', 'deal', '15'), ('act:6', 'lead', 'A');
-- What cards are divided by (tests/cases/dimensions.yaml): kinds and regions of clients, goods, marks of advertising.
INSERT INTO dictionary BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('client_type', 'CUSTOMER', 'Клиент', 1), ('client_type', 'PARTNER', 'Партнёр', 2),
  ('industry', 'RETAIL', 'Торговля', 1), ('industry', 'IT', 'Связь', 2),
  ('region', 'NORTH', 'Север', 1), ('region', 'SOUTH', 'Юг', 2), ('product_category', 'FURN', 'Мебель', 1), ('product_category', 'LIGHT', 'Свет', 2)) AS t(kind, id, name, sort);
UPDATE client SET client_type_id = 'CUSTOMER' WHERE id IN ('company:1', 'company:2');
UPDATE client SET client_type_id = 'PARTNER' WHERE id = 'company:3';
UPDATE client SET region_id = 'NORTH' WHERE id IN ('company:1', 'company:5');
UPDATE client SET region_id = 'SOUTH' WHERE id = 'company:2';
UPDATE client SET industry_id = 'RETAIL' WHERE id IN ('company:3', 'company:5');
UPDATE client SET industry_id = 'IT' WHERE id = 'company:1';
INSERT INTO product BY NAME SELECT *, TIMESTAMP '2025-04-10' AS seen_at, 1 AS row_hash FROM (VALUES ('P1', 'Стол "О''К"', 'FURN'), ('P2', 'Лампа', 'LIGHT'), ('P3', 'Услуга', NULL)) AS t(id, name, category_id);
-- the dearest line is the deal's product, of equal ones the first; a line may name no product
INSERT INTO product_line BY NAME SELECT * FROM (VALUES ('1', 1, 'P2', 40.00), ('1', 2, 'P1', 60.00), ('3', 1, 'P2', 200.50), ('3', 2, 'P1', 50.00), ('12', 1, 'P3', 10.00), ('13', 1, 'P1', 20.00), ('13', 2, 'P2', 20.00), ('16', 1, NULL, 11.11)) AS t(deal_id, ordinal, product_id, amount);
UPDATE deal SET utm_source = 'google' WHERE id IN ('1', '2', '12');
UPDATE deal SET utm_source = 'yandex' WHERE id = '3';
UPDATE deal SET utm_medium = 'cpc' WHERE id IN ('1', '2', '3');
UPDATE deal SET utm_medium = 'email' WHERE id = '13';
UPDATE deal SET utm_campaign = 'Весна "25"' WHERE id = '1';
UPDATE deal SET utm_campaign = 'spring' WHERE id IN ('3', '13');
UPDATE deal SET utm_content = 'a' WHERE id = '1';
UPDATE deal SET utm_content = 'b' WHERE id IN ('2', '3');
UPDATE deal SET utm_term = 'стол' WHERE id IN ('1', '12');
UPDATE deal SET utm_term = 'лампа' WHERE id = '3';
