-- Settings hold from a day on (days since 1970-01-01 in the portal's zone); NULL: from always. The rows of
-- kind 'period' name the kinds that change (sale_point, after_sale, technical, lead_pipeline) and the days of change: from
-- such a day on, the rows of that kind with this from_day hold, and no earlier ones.
ALTER TABLE portal_setting ADD COLUMN from_day INTEGER;
-- Rows are stored that the star does not know yet: a load that more rows follow has put derivation off.
ALTER TABLE data_state ADD COLUMN star_behind BOOLEAN;
UPDATE data_state SET star_behind = FALSE;
