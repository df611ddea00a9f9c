-- The canonical copy of a CRM: the same tables for every connector. Ids are the CRM's own, always text.
-- Moments are UTC. `key` is our dense integer of the row, given once and never reused; facts carry keys, not ids.
-- Every row keeps seen_at (when we last stored it) and row_hash (of its source row and its children): an unchanged row
-- costs nothing. Keys are unique by the load that writes them (a merge by key): no index is kept, because bulk loads and
-- memory would pay for it on every table and no query looks up single rows.

CREATE SEQUENCE key_of_user;
CREATE SEQUENCE key_of_department;
CREATE SEQUENCE key_of_pipeline;
CREATE SEQUENCE key_of_stage;
CREATE SEQUENCE key_of_client;
CREATE SEQUENCE key_of_lead;
CREATE SEQUENCE key_of_deal;
CREATE SEQUENCE key_of_product;
CREATE SEQUENCE change_log_sequence;
CREATE SEQUENCE sync_run_sequence;

-- One row: what this file is a copy of. base_currency may be unknown ('') for file imports that name none.
CREATE TABLE portal (
  id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL, base_currency TEXT NOT NULL,
  address TEXT, has_leads BOOLEAN NOT NULL DEFAULT TRUE);
-- Settings of PortalSettings that are lists. kind: sale_point (name = pipeline id, value = stage id), after_sale (name =
-- pipeline id), technical (user id), junk_stage, junk_reason, flag (seller_frozen, planned_close_default_counts; 'Y'/'N').
CREATE TABLE portal_setting (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT);

CREATE TABLE department (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_department'), name TEXT NOT NULL, parent_id TEXT,
  head_user_id TEXT, sort INTEGER, removed_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);

-- crm_user: an employee. A reference to an unknown user makes a placeholder row (placeholder = TRUE, name = its id).
CREATE TABLE crm_user (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_user'), name TEXT NOT NULL, email TEXT,
  position TEXT, photo_url TEXT, active BOOLEAN NOT NULL DEFAULT TRUE, placeholder BOOLEAN NOT NULL DEFAULT FALSE,
  removed_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
-- ordinal 0 is the first department, the one that figures count under.
CREATE TABLE user_department (user_id TEXT NOT NULL, department_id TEXT NOT NULL, ordinal INTEGER NOT NULL);

-- entity is 'lead' or 'deal'. Leads of Bitrix24 have one pipeline, id 'lead'.
CREATE TABLE pipeline (
  entity TEXT NOT NULL, id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_pipeline'), name TEXT NOT NULL,
  sort INTEGER, removed_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
-- semantic: 'P' in work, 'S' success, 'F' failure, as the CRM says. A stage that vanished keeps its row (removed_at).
CREATE TABLE stage (
  entity TEXT NOT NULL, pipeline_id TEXT NOT NULL, id TEXT NOT NULL,
  key INTEGER NOT NULL DEFAULT nextval('key_of_stage'), name TEXT NOT NULL, sort INTEGER, semantic TEXT NOT NULL,
  color TEXT, is_junk BOOLEAN, removed_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);

-- Simple dictionaries. kind: source, deal_type, client_type, region, industry, loss_reason (entity-free), product_category.
CREATE TABLE dictionary (
  kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, sort INTEGER, is_junk BOOLEAN, removed_at TIMESTAMP,
  seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);

-- rate: units of the base currency for one unit, our dated copy; day in the portal's zone.
CREATE TABLE currency_rate (
  currency TEXT NOT NULL, day INTEGER NOT NULL, rate DECIMAL(18, 8) NOT NULL, seen_at TIMESTAMP NOT NULL);

-- client: a company or a contact. id is 'company:5' or 'contact:9'. phone is normalised (digits, country first).
CREATE TABLE client (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_client'), kind TEXT NOT NULL, name TEXT NOT NULL,
  company_id TEXT, client_type_id TEXT, industry_id TEXT, region_id TEXT, source_id TEXT, owner_id TEXT,
  creator_id TEXT, phone TEXT, is_own BOOLEAN NOT NULL DEFAULT FALSE, created_at TIMESTAMP, modified_at TIMESTAMP,
  deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);

-- A client of whom only the telephone is known (metrics.md "Client"): key shares the numbers of `client`.
CREATE TABLE phone_client (phone TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_client'));

-- amount is in `currency`; null is unknown and not zero. closed_at only where the CRM itself states the moment.
-- seller_id: the responsible frozen when a load first sees the card closed (won or lost); kept until it is closed anew.
-- first_seen_at: the load that brought the card; a card without any date counts as known from there.
CREATE TABLE lead (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_lead'), title TEXT, pipeline_id TEXT NOT NULL,
  stage_id TEXT, amount DECIMAL(18, 2), currency TEXT, owner_id TEXT, creator_id TEXT, mover_id TEXT,
  company_id TEXT, contact_id TEXT, source_id TEXT, loss_reason_id TEXT, utm_source TEXT, utm_medium TEXT,
  utm_campaign TEXT, utm_content TEXT, utm_term TEXT, phone TEXT, created_at TIMESTAMP, modified_at TIMESTAMP,
  moved_at TIMESTAMP, closed_at TIMESTAMP, last_activity_at TIMESTAMP, seller_id TEXT, first_seen_at TIMESTAMP,
  deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
-- planned_close: a calendar day. last_comment: kept by derivation from activities of kind comment bound to the deal.
CREATE TABLE deal (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_deal'), title TEXT, pipeline_id TEXT NOT NULL,
  stage_id TEXT, amount DECIMAL(18, 2), currency TEXT, owner_id TEXT, creator_id TEXT, mover_id TEXT, seller_id TEXT,
  lead_id TEXT, company_id TEXT, contact_id TEXT, source_id TEXT, deal_type_id TEXT, loss_reason_id TEXT,
  utm_source TEXT, utm_medium TEXT, utm_campaign TEXT, utm_content TEXT, utm_term TEXT, phone TEXT,
  probability INTEGER, is_return_customer BOOLEAN, created_at TIMESTAMP, modified_at TIMESTAMP, moved_at TIMESTAMP,
  closed_at TIMESTAMP, planned_close INTEGER, last_activity_at TIMESTAMP, last_comment TEXT, last_comment_at TIMESTAMP,
  first_seen_at TIMESTAMP, deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
CREATE TABLE deal_client (deal_id TEXT NOT NULL, client_id TEXT NOT NULL, is_primary BOOLEAN NOT NULL);

-- One move of one card as the CRM's history tells it. kind: 1 created, 2 to a working stage, 3 to a final stage,
-- 5 pipeline changed. Append-only: a row once seen is never deleted (a CRM may hide it later).
CREATE TABLE stage_event (
  entity TEXT NOT NULL, id TEXT NOT NULL, card_id TEXT NOT NULL, kind INTEGER, pipeline_id TEXT NOT NULL,
  stage_id TEXT NOT NULL, moved_at TIMESTAMP NOT NULL, mover_id TEXT, seen_at TIMESTAMP NOT NULL);

-- kind: call, meeting, email, task, message, comment, other. id is unique over all sources ('act:7', 'task:9',
-- 'comment:3'). direction: 'in', 'out' or null. happened_at is when it was done or took place.
CREATE TABLE activity (
  id TEXT NOT NULL, kind TEXT NOT NULL, direction TEXT, provider TEXT, subject TEXT, author_id TEXT, doer_id TEXT,
  created_at TIMESTAMP, starts_at TIMESTAMP, deadline_at TIMESTAMP, completed BOOLEAN NOT NULL, completed_at TIMESTAMP,
  auto_completed BOOLEAN NOT NULL DEFAULT FALSE, happened_at TIMESTAMP, duration_s INTEGER, missed BOOLEAN,
  modified_at TIMESTAMP, text TEXT, deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
-- entity: lead, deal, company, contact.
CREATE TABLE activity_binding (activity_id TEXT NOT NULL, entity TEXT NOT NULL, card_id TEXT NOT NULL);

CREATE TABLE call (
  id TEXT NOT NULL, activity_id TEXT, user_id TEXT, direction TEXT, phone TEXT, started_at TIMESTAMP,
  duration_s INTEGER, failed_code TEXT, missed BOOLEAN, entity TEXT, card_id TEXT, seen_at TIMESTAMP NOT NULL,
  row_hash UBIGINT NOT NULL);
-- state: planned, paid, cancelled. A refund is a negative amount.
CREATE TABLE payment (
  id TEXT NOT NULL, deal_id TEXT, amount DECIMAL(18, 2), currency TEXT, due_day INTEGER, paid_day INTEGER,
  state TEXT, comment TEXT, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
CREATE TABLE product (
  id TEXT NOT NULL, key INTEGER NOT NULL DEFAULT nextval('key_of_product'), name TEXT NOT NULL, category_id TEXT,
  price DECIMAL(18, 2), currency TEXT, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
CREATE TABLE product_line (
  deal_id TEXT NOT NULL, ordinal INTEGER NOT NULL, product_id TEXT, name TEXT, price DECIMAL(18, 2),
  quantity DECIMAL(18, 4), amount DECIMAL(18, 2));

-- entity: lead, deal, company, contact. type: text, number, money, date, enum, flag, reference.
CREATE TABLE custom_field (
  entity TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, multiple BOOLEAN NOT NULL,
  removed_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
CREATE TABLE custom_option (
  entity TEXT NOT NULL, field_id TEXT NOT NULL, id TEXT NOT NULL, label TEXT NOT NULL, sort INTEGER);
-- One row per value of one field of one card; exactly one of the typed columns is filled. day for dates; an option's id,
-- a flag ('Y'/'N') and a reference stand in text_value. card_id of a company or contact is bare ("5"), as in bindings.
CREATE TABLE custom_value (
  entity TEXT NOT NULL, card_id TEXT NOT NULL, field_id TEXT NOT NULL, ordinal INTEGER NOT NULL,
  text_value TEXT, number_value DOUBLE, money_value DECIMAL(18, 2), day_value INTEGER);

-- cause: deleted, merged, unreadable (the read right was lost; told apart as far as the CRM allows).
CREATE TABLE tombstone (
  entity TEXT NOT NULL, card_id TEXT NOT NULL, cause TEXT NOT NULL, merged_into TEXT, seen_at TIMESTAMP NOT NULL);

-- Every change that a sync saw, with the moment of change and the moment of seeing. Append-only.
-- field: stage, pipeline, amount, currency, owner, planned_close, deleted. Values as text; amounts as decimal strings,
-- planned_close as YYYY-MM-DD, deleted as the cause (NULL: not deleted).
CREATE TABLE change_log (
  sequence BIGINT NOT NULL DEFAULT nextval('change_log_sequence'), entity TEXT NOT NULL, card_id TEXT NOT NULL,
  field TEXT NOT NULL, old_value TEXT, new_value TEXT, changed_at TIMESTAMP NOT NULL, seen_at TIMESTAMP NOT NULL);

-- References that match nothing, kept and counted: table and column of the reference, its value.
CREATE TABLE dangling_reference (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, value TEXT NOT NULL, rows BIGINT NOT NULL);

-- A cursor commits in one transaction with the rows it covers. value is the stream's own JSON.
CREATE TABLE sync_cursor (stream TEXT NOT NULL, value TEXT NOT NULL, updated_at TIMESTAMP NOT NULL);
CREATE TABLE sync_run (
  id BIGINT NOT NULL DEFAULT nextval('sync_run_sequence'), kind TEXT NOT NULL, started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP, rows_read BIGINT, rows_stored BIGINT, rows_unchanged BIGINT, rows_rejected BIGINT,
  outcome TEXT, message TEXT);
-- One row: data_version grows with every committed load that changed something.
CREATE TABLE data_state (data_version BIGINT NOT NULL, changed_at TIMESTAMP, current_at TIMESTAMP);
INSERT INTO data_state VALUES (0, NULL, NULL);
