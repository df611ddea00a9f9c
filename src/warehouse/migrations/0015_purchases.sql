-- Purchases: won deals that are there, of a client, with a day (metrics.md, Client base). NULL: the deal is none.
ALTER TABLE f_deal ADD COLUMN purchase_nth INTEGER;         -- 1, 2 … of its client
ALTER TABLE f_deal ADD COLUMN purchase_until_day INTEGER;   -- the day of the next one; 2147483647: it is the last one
ALTER TABLE f_deal ADD COLUMN purchase_before_day INTEGER;  -- of the one before, NULL: the first
ALTER TABLE f_deal ADD COLUMN purchase_third_day INTEGER;   -- of the third counted backwards from this one
ALTER TABLE f_deal ADD COLUMN purchase_first_day INTEGER;
ALTER TABLE f_deal ADD COLUMN purchase_gap DOUBLE;          -- median of days between the purchases until this one
-- The purchases of each client by a day; one without any has no row. No amounts: those stand in statements themselves, where
-- another currency replaces them.
CREATE MACRO client_life(on_day) AS TABLE
SELECT client_key, count(*) AS purchases, min(closed_day) AS first_day, max(closed_day) AS last_day
FROM f_deal WHERE purchase_nth > 0 AND closed_day <= on_day GROUP BY client_key;
-- Days between purchases that are usual in the portal: their median, as of a day.
CREATE MACRO usual_interval(on_day) AS TABLE
SELECT quantile_cont(closed_day - purchase_before_day, 0.5) AS days FROM f_deal WHERE purchase_nth > 1 AND closed_day <= on_day;
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
