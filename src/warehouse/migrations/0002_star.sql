-- The star that queries read: derived from the canonical tables inside the transaction of each load.
-- Days are integers (days since 1970-01-01) in the portal's zone; NULL = never. Open ends are 2147483647.
-- Keys are small integers; key 0 in every dimension means "none / unknown". Money is in the base currency.

-- Calendar: one row per day over the span of the data plus a margin of two years each way.
-- weekday: 1 Monday … 7 Sunday. week: number of the Monday's day; month: year*12+month-1; quarter: year*4+q-1; half: year*2+h-1.
CREATE TABLE d_day (
  day INTEGER NOT NULL, date DATE NOT NULL, week INTEGER NOT NULL, month INTEGER NOT NULL, quarter INTEGER NOT NULL,
  half INTEGER NOT NULL, year INTEGER NOT NULL, weekday INTEGER NOT NULL);

CREATE TABLE d_department (
  key INTEGER NOT NULL, id TEXT, name TEXT, parent_key INTEGER NOT NULL, depth INTEGER NOT NULL,
  sort INTEGER NOT NULL);  -- sort: pre-order position in the tree
-- department_key: the first department; 0 = none. technical accounts: see metrics.md; shown under "no manager".
CREATE TABLE d_employee (
  key INTEGER NOT NULL, id TEXT, name TEXT, department_key INTEGER NOT NULL, active BOOLEAN NOT NULL,
  technical BOOLEAN NOT NULL, photo_url TEXT, position TEXT);
CREATE TABLE d_pipeline (
  key INTEGER NOT NULL, entity TEXT, id TEXT, name TEXT, sort INTEGER NOT NULL, after_sale BOOLEAN NOT NULL);
-- semantic is effective: the CRM's, moved by the portal's sale point. 0 P, 1 S, 2 F. ordinal: place among the stages
-- of its pipeline, from 1 in working order, S after them, F last. is_first: the pipeline's first working stage.
CREATE TABLE d_stage (
  key INTEGER NOT NULL, entity TEXT, id TEXT, name TEXT, pipeline_key INTEGER NOT NULL, semantic TINYINT NOT NULL,
  ordinal INTEGER NOT NULL, is_first BOOLEAN NOT NULL, is_junk BOOLEAN NOT NULL, color TEXT, removed BOOLEAN NOT NULL);
-- kind: source, deal_type, client_type, region, loss_reason, product_category, currency,
-- utm_source, utm_medium, utm_campaign, utm_content, utm_term. Key 0 of every kind is implied, not stored.
CREATE TABLE d_code (
  kind TEXT NOT NULL, key INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, sort INTEGER NOT NULL,
  is_junk BOOLEAN NOT NULL);
CREATE TABLE d_client (
  key INTEGER NOT NULL, id TEXT, kind TEXT, name TEXT, client_type_key INTEGER NOT NULL, region_key INTEGER NOT NULL,
  owner_key INTEGER NOT NULL, created_day INTEGER, creator_key INTEGER NOT NULL, is_own BOOLEAN NOT NULL);
CREATE TABLE d_product (key INTEGER NOT NULL, id TEXT, name TEXT, category_key INTEGER NOT NULL);
-- Rate of one unit in the base currency, for every day that any fact of that currency may need.
-- Valid for from_day <= day < to_day; the first copy reaches back to the beginning. The base currency and key 0 (a card
-- without a currency) stand with rate 1; a portal without a base currency has rate 1 for all. Decimal: money never goes
-- through binary floating point; CAST(amount * rate AS DECIMAL(18, 2)).
CREATE TABLE d_rate (
  currency_key INTEGER NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, rate DECIMAL(18, 8) NOT NULL);

-- One row per lead ever seen. closed_day/closed_semantic: metrics.md "Closed": the last entry into S or F from a stage
-- that is neither, if the card has stayed closed; else NULL / 0. semantic, stage_key, pipeline_key, owner_key: now.
-- From S straight to F or back is no new entry: the day stays that of the entry, closed_semantic is what the card is now.
-- closed_day NULL with closed_semantic <> 0: closed, but nothing says when ("without date").
-- deleted rows stay (deleted = TRUE): flow measures skip them, state measures of past days keep them.
CREATE TABLE f_lead (
  lead_key INTEGER NOT NULL, created_day INTEGER, closed_day INTEGER, deleted BOOLEAN NOT NULL,
  semantic TINYINT NOT NULL, closed_semantic TINYINT NOT NULL, stage_key INTEGER NOT NULL,
  pipeline_key INTEGER NOT NULL, owner_key INTEGER NOT NULL, closer_key INTEGER NOT NULL,
  creator_key INTEGER NOT NULL, source_key INTEGER NOT NULL, loss_reason_key INTEGER NOT NULL,
  currency_key INTEGER NOT NULL, client_key INTEGER NOT NULL, client_type_key INTEGER NOT NULL,
  region_key INTEGER NOT NULL, utm_source_key INTEGER NOT NULL, utm_medium_key INTEGER NOT NULL,
  utm_campaign_key INTEGER NOT NULL, utm_content_key INTEGER NOT NULL, utm_term_key INTEGER NOT NULL,
  amount_created DECIMAL(18, 2),      -- base currency at the rate of the creation day; NULL = unknown
  amount DECIMAL(18, 2),              -- base currency at today's (last) rate
  cycle_s BIGINT,                     -- closed - created, seconds; NULL while open or undated
  first_touch_s BIGINT,               -- created -> first outgoing activity or move by a person; NULL = untouched so far
  furthest_ordinal INTEGER NOT NULL,  -- furthest working stage reached; S counts as past the last
  furthest_stage_key INTEGER NOT NULL,
  junk BOOLEAN NOT NULL,              -- lost in a stage or with a reason that the portal marks as junk
  repeat BOOLEAN NOT NULL,            -- the client was known before (had an earlier card)
  won_deal_key INTEGER NOT NULL,      -- a won deal made from this lead, 0 = none
  won_amount DECIMAL(18, 2),          -- amount (at closing) of the won deals made from this lead
  entered_day INTEGER,                -- of the present stage
  last_sign_day INTEGER,              -- last sign of life of a person; creation when there is none later
  touched BOOLEAN NOT NULL,           -- a sign of life by a person since creation
  next_step_day INTEGER,              -- nearest deadline of an open activity; NULL = none planned
  open_steps INTEGER NOT NULL);
-- seller_key: frozen at closing where a sync saw it, else today's responsible. closer_key = seller for closed cards.
-- new_or_repeat: 0 not won, 1 the client's first won deal, 2 a later one.
-- A deal that was won and then handed over to an after-sale pipeline stays what it was at the win: semantic, stage_key and
-- pipeline_key are those of its sales pipeline (its place in production is in f_deal_state), after_sale = FALSE.
-- after_sale = TRUE: the deal stands in an after-sale pipeline without a win before it: in no sales measure unless chosen.
CREATE TABLE f_deal (
  deal_key INTEGER NOT NULL, created_day INTEGER, closed_day INTEGER, planned_day INTEGER, deleted BOOLEAN NOT NULL,
  semantic TINYINT NOT NULL, closed_semantic TINYINT NOT NULL, stage_key INTEGER NOT NULL,
  pipeline_key INTEGER NOT NULL, after_sale BOOLEAN NOT NULL, owner_key INTEGER NOT NULL, closer_key INTEGER NOT NULL,
  creator_key INTEGER NOT NULL, source_key INTEGER NOT NULL, deal_type_key INTEGER NOT NULL,
  loss_reason_key INTEGER NOT NULL, currency_key INTEGER NOT NULL, client_key INTEGER NOT NULL,
  client_type_key INTEGER NOT NULL, region_key INTEGER NOT NULL, product_key INTEGER NOT NULL,
  category_key INTEGER NOT NULL, utm_source_key INTEGER NOT NULL, utm_medium_key INTEGER NOT NULL,
  utm_campaign_key INTEGER NOT NULL, utm_content_key INTEGER NOT NULL, utm_term_key INTEGER NOT NULL,
  lead_key INTEGER NOT NULL,          -- the lead it was made from, 0 = none
  amount_created DECIMAL(18, 2), amount_closed DECIMAL(18, 2), amount_planned DECIMAL(18, 2), amount DECIMAL(18, 2),
  cycle_s BIGINT, furthest_ordinal INTEGER NOT NULL, furthest_stage_key INTEGER NOT NULL,
  new_or_repeat TINYINT NOT NULL,     -- by won deals (as Bitrix24 counts)
  new_or_repeat_any TINYINT NOT NULL, -- by any earlier deal (the demonstration's rule)
  repeat_inquiry BOOLEAN NOT NULL,    -- the client had deals, but none won, before this one was created
  reopened BOOLEAN NOT NULL, entered_day INTEGER, last_sign_day INTEGER, touched BOOLEAN NOT NULL,
  next_step_day INTEGER, open_steps INTEGER NOT NULL);

-- State of a card from the end of from_day until the end of to_day - 1: rows of one card do not overlap, so the state at
-- the end of day D is the row with from_day <= D < to_day. Cut at every change of stage, owner, amount, planned close
-- that history or our change log knows; ends when the card is seen deleted. Ordered by to_day, semantic, from_day.
-- stage_key 0: in work in a stage that nothing tells (the time before the first known stage of a card without history).
-- semantic and after_sale are those of the stage and pipeline of the day, also after a hand-over.
-- A card without any date has a row from the day on which we first saw it.
CREATE TABLE f_lead_state (
  lead_key INTEGER NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, semantic TINYINT NOT NULL,
  stage_key INTEGER NOT NULL, pipeline_key INTEGER NOT NULL, owner_key INTEGER NOT NULL, entered_day INTEGER NOT NULL,
  created_day INTEGER, source_key INTEGER NOT NULL, currency_key INTEGER NOT NULL, amount DECIMAL(18, 2));
CREATE TABLE f_deal_state (
  deal_key INTEGER NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, semantic TINYINT NOT NULL,
  stage_key INTEGER NOT NULL, pipeline_key INTEGER NOT NULL, after_sale BOOLEAN NOT NULL, owner_key INTEGER NOT NULL,
  entered_day INTEGER NOT NULL, created_day INTEGER, planned_day INTEGER, source_key INTEGER NOT NULL,
  currency_key INTEGER NOT NULL, amount DECIMAL(18, 2));  -- amount in its own currency, as it was

-- One stay of one card in one stage. visit: 1, 2 … of the card. outcome: how it ended: 0 still there, 1 passed (later
-- stage or S), 2 lost, 3 moved back, 4 other pipeline, 5 deleted. left_day/left_at/seconds NULL while it stands there.
-- A move is a row with visit > 1. Time in an unknown stage takes a visit number but has no row.
CREATE TABLE f_lead_visit (
  lead_key INTEGER NOT NULL, visit INTEGER NOT NULL, stage_key INTEGER NOT NULL, pipeline_key INTEGER NOT NULL,
  semantic TINYINT NOT NULL, entered_day INTEGER NOT NULL, left_day INTEGER, seconds BIGINT, outcome TINYINT NOT NULL,
  from_stage_key INTEGER NOT NULL, owner_key INTEGER NOT NULL, source_key INTEGER NOT NULL, deleted BOOLEAN NOT NULL,
  entered_at TIMESTAMP NOT NULL, left_at TIMESTAMP);
CREATE TABLE f_deal_visit (
  deal_key INTEGER NOT NULL, visit INTEGER NOT NULL, stage_key INTEGER NOT NULL, pipeline_key INTEGER NOT NULL,
  semantic TINYINT NOT NULL, entered_day INTEGER NOT NULL, left_day INTEGER, seconds BIGINT, outcome TINYINT NOT NULL,
  from_stage_key INTEGER NOT NULL, owner_key INTEGER NOT NULL, source_key INTEGER NOT NULL, deleted BOOLEAN NOT NULL,
  after_sale BOOLEAN NOT NULL, entered_at TIMESTAMP NOT NULL, left_at TIMESTAMP);

-- Days on which a card was touched. life: a sign of life by a person (metrics.md); FALSE: any other change or activity
-- (for deals_touched). One row per card, day and life.
CREATE TABLE f_lead_sign (lead_key INTEGER NOT NULL, day INTEGER NOT NULL, life BOOLEAN NOT NULL);
CREATE TABLE f_deal_sign (deal_key INTEGER NOT NULL, day INTEGER NOT NULL, life BOOLEAN NOT NULL);
-- Planned steps (tasks and activities with a deadline): planned at the end of D when created_day <= D < done_day.
CREATE TABLE f_lead_step (
  lead_key INTEGER NOT NULL, created_day INTEGER NOT NULL, deadline_day INTEGER, done_day INTEGER NOT NULL);
CREATE TABLE f_deal_step (
  deal_key INTEGER NOT NULL, created_day INTEGER NOT NULL, deadline_day INTEGER, done_day INTEGER NOT NULL);

-- Activities by the day they happened, for people's measures. entity_key columns: 0 = not bound.
CREATE TABLE f_activity (
  activity_id TEXT NOT NULL, kind TEXT NOT NULL, direction TEXT, day INTEGER, created_day INTEGER, deadline_day INTEGER,
  completed BOOLEAN NOT NULL, auto_completed BOOLEAN NOT NULL, doer_key INTEGER NOT NULL, deal_key INTEGER NOT NULL,
  lead_key INTEGER NOT NULL, client_key INTEGER NOT NULL, duration_s INTEGER, missed BOOLEAN NOT NULL);
