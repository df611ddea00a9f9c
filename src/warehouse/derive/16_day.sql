-- The calendar: whole years around the data, two more each way.
CREATE OR REPLACE TEMP TABLE day_span AS
SELECT year(DATE '1970-01-01' + coalesce(min(low), {today})) - 2 AS first_year,
  year(DATE '1970-01-01' + greatest(coalesce(max(high), {today}), {today})) + 3 AS end_year
FROM (
  SELECT min(created_day) AS low, max(created_day) AS high FROM f_lead UNION ALL
  SELECT min(created_day), max(created_day) FROM f_deal UNION ALL
  SELECT min(closed_day), max(closed_day) FROM f_deal UNION ALL
  SELECT min(closed_day), max(closed_day) FROM f_lead UNION ALL
  SELECT min(day), max(day) FROM f_activity UNION ALL
  SELECT NULL, max(planned_day) FROM f_deal WHERE planned_day < {today} + 3650) t
WHERE low IS NULL OR low > -40000;

DELETE FROM d_day WHERE (SELECT first_year FROM day_span) <> (SELECT min(year) FROM d_day)
  OR (SELECT end_year FROM day_span) <> (SELECT max(year) + 1 FROM d_day);
INSERT INTO d_day
WITH day AS (
  SELECT unnest(range(make_date(first_year, 1, 1), make_date(end_year, 1, 1), INTERVAL 1 DAY))::DATE AS date FROM day_span)
SELECT date_diff('day', DATE '1970-01-01', date), date,
  date_diff('day', DATE '1970-01-01', date) - (isodow(date) - 1), year(date) * 12 + month(date) - 1,
  year(date) * 4 + quarter(date) - 1, year(date) * 2 + (month(date) - 1) // 6, year(date), isodow(date)
FROM day WHERE NOT EXISTS (SELECT 1 FROM d_day) ORDER BY date;
