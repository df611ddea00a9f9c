-- Settings hold from a day on (days since 1970-01-01 in the portal's zone); NULL: from always. A later row of the same
-- kind takes the place of all earlier ones from its day on; kind 'none' with name KIND says that nothing holds then.
ALTER TABLE portal_setting ADD COLUMN from_day INTEGER;
-- Rows are stored that the star does not know yet: a load that more rows follow has put derivation off.
ALTER TABLE data_state ADD COLUMN star_behind BOOLEAN;
UPDATE data_state SET star_behind = FALSE;
