-- The company that every case of this folder works in. Days are numbers; facts are in the cases themselves.
INSERT INTO d_day
SELECT d, DATE '1970-01-01' + d::INTEGER, d - (d + 3) % 7, year(DATE '1970-01-01' + d::INTEGER) * 12 + month(DATE '1970-01-01' + d::INTEGER) - 1,
  year(DATE '1970-01-01' + d::INTEGER) * 4 + quarter(DATE '1970-01-01' + d::INTEGER) - 1,
  year(DATE '1970-01-01' + d::INTEGER) * 2 + (month(DATE '1970-01-01' + d::INTEGER) - 1) // 6, year(DATE '1970-01-01' + d::INTEGER),
  isodow(DATE '1970-01-01' + d::INTEGER)
FROM generate_series(18993, 20818) AS s(d);  -- 2022-01-01 … 2026-12-31
INSERT INTO d_department VALUES (1, 'd1', 'Продажи', 0, 0, 1), (2, 'd2', 'Север "А"', 1, 1, 2), (3, 'd3', 'Юг', 1, 1, 3);
INSERT INTO d_employee VALUES
  (1, '7', 'Анна Смирнова', 2, TRUE, FALSE, NULL, NULL), (2, '8', 'Боб O''Neil 🚀', 3, TRUE, FALSE, NULL, NULL),
  (3, '9', 'Робот', 2, TRUE, TRUE, NULL, NULL), (4, '10', 'Уволенный', 0, FALSE, FALSE, NULL, NULL);
INSERT INTO d_pipeline VALUES (1, 'lead', 'lead', 'Лиды', 1, FALSE), (2, 'deal', '0', 'Основная', 1, FALSE),
  (3, 'deal', '5', 'Опт', 2, FALSE), (4, 'deal', '9', 'Производство', 3, TRUE);
INSERT INTO d_stage VALUES
  (1, 'lead', 'NEW', 'Новый', 1, 0, 1, TRUE, FALSE, '#111', FALSE), (2, 'lead', 'IN_PROCESS', 'В обработке', 1, 0, 2, FALSE, FALSE, NULL, FALSE),
  (3, 'lead', 'CONVERTED', 'Качественный', 1, 1, 3, FALSE, FALSE, NULL, FALSE), (4, 'lead', 'JUNK', 'Брак', 1, 2, 4, FALSE, TRUE, NULL, FALSE),
  (11, 'deal', 'NEW', 'Новая', 2, 0, 1, TRUE, FALSE, NULL, FALSE), (12, 'deal', 'OFFER', 'Предложение', 2, 0, 2, FALSE, FALSE, NULL, FALSE),
  (13, 'deal', 'WON', 'Успех', 2, 1, 3, FALSE, FALSE, NULL, FALSE), (14, 'deal', 'LOSE', 'Провал', 2, 2, 4, FALSE, FALSE, NULL, FALSE),
  (21, 'deal', 'C5:NEW', 'Новая', 3, 0, 1, TRUE, FALSE, NULL, FALSE), (22, 'deal', 'C5:WON', 'Успех', 3, 1, 2, FALSE, FALSE, NULL, FALSE),
  (23, 'deal', 'C5:LOSE', 'Провал', 3, 2, 3, FALSE, FALSE, NULL, FALSE), (31, 'deal', 'C9:MAKE', 'Делаем', 4, 0, 1, TRUE, FALSE, NULL, FALSE);
INSERT INTO d_code VALUES ('source', 1, 'CALL', 'Звонок', 1, FALSE), ('source', 2, 'WEB', 'Сайт', 2, FALSE),
  ('deal_type', 1, 'SALE', 'Продажа', 1, FALSE), ('deal_type', 2, 'SERVICE', 'Услуга', 2, FALSE),
  ('loss_reason', 1, 'PRICE', 'Дорого', 1, FALSE), ('currency', 1, 'RUB', 'Рубль', 1, FALSE), ('currency', 2, 'EUR', 'Евро', 2, FALSE);
INSERT INTO d_client VALUES (1, 'company:5', 'company', 'ООО «Ромашка»', 0, 0, 1, NULL, 0, FALSE, 0, NULL);
INSERT INTO d_rate VALUES (0, -2000000000, 2147483647, 1), (1, -2000000000, 2147483647, 1), (2, -2000000000, 20089, 100), (2, 20089, 2147483647, 90);  -- 2025-01-01
