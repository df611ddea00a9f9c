-- Cards of the smart processes that a person has chosen (Bitrix24). id is TYPE:ID; type_id and stage_id are ids of the dictionaries
-- smart_type and smart_stage (smart_type_offered: all that the portal has). Counted while their type is chosen.
CREATE SEQUENCE key_of_smart_item;
CREATE TABLE smart_item (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_smart_item'), type_id TEXT NOT NULL, title TEXT, stage_id TEXT,
  amount DECIMAL(18, 2), currency TEXT, owner_id TEXT, creator_id TEXT, company_id TEXT, contact_id TEXT, deal_id TEXT,
  created_at TIMESTAMP, modified_at TIMESTAMP, moved_at TIMESTAMP, deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL,
  row_hash UBIGINT NOT NULL);
-- One row each, deleted ones left out. amount: base currency at the rate of the creation day, NULL = unknown; owner: of today.
CREATE TABLE f_smart_item (
  item_key INTEGER NOT NULL, created_day INTEGER, type_key INTEGER NOT NULL, stage_key INTEGER NOT NULL,
  owner_key INTEGER NOT NULL, creator_key INTEGER NOT NULL, currency_key INTEGER NOT NULL, client_key INTEGER NOT NULL,
  amount DECIMAL(18, 2));
