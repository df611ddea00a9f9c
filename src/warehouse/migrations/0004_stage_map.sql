-- What stages mean, kept between loads: the stretches of time in which the dated settings are the same, the meaning of each
-- stage in each of them (as d_stage), and who is no person in them. Built by derive/00_stage_now.sql; empty: to be built.
CREATE TABLE rule_period (
  from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, is_now BOOLEAN NOT NULL, sale_point_from INTEGER,
  after_sale_from INTEGER, technical_from INTEGER);
CREATE TABLE stage_dated (
  entity TEXT NOT NULL, pipeline_id TEXT NOT NULL, stage_id TEXT NOT NULL, stage_key INTEGER NOT NULL,
  pipeline_key INTEGER NOT NULL, semantic TINYINT NOT NULL, ordinal INTEGER NOT NULL, is_first BOOLEAN NOT NULL,
  after_sale BOOLEAN NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, is_now BOOLEAN NOT NULL);
CREATE TABLE robot (id TEXT NOT NULL, from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, is_now BOOLEAN NOT NULL);
CREATE VIEW stage_now AS SELECT * FROM stage_dated WHERE is_now;
