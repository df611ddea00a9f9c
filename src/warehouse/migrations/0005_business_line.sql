-- The line of business of a client (dictionary kind 'industry'), or of a card's own field: portal_setting, kind 'field'
-- (name = role/entity, value = id of the custom field; roles: loss_reason, region, business_line, planned_close).
ALTER TABLE d_client ADD COLUMN industry_key INTEGER DEFAULT 0;
ALTER TABLE f_lead ADD COLUMN industry_key INTEGER DEFAULT 0;
ALTER TABLE f_deal ADD COLUMN industry_key INTEGER DEFAULT 0;
-- What a file holds already is derived anew with its next load.
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
