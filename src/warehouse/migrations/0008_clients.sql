-- The client base (metrics.md, Client base). The day on which a client was seen deleted; NULL: it is there.
ALTER TABLE d_client ADD COLUMN deleted_day INTEGER;
-- Who takes part in a deal: its client as in f_deal, and every contact bound to it.
CREATE VIEW f_deal_client AS
SELECT deal_key, client_key FROM f_deal WHERE client_key <> 0
UNION
SELECT d.key, c.key FROM deal d JOIN client c ON c.id = d.contact_id
UNION
SELECT d.key, c.key FROM deal_client l JOIN deal d ON d.id = l.deal_id JOIN client c ON c.id = l.client_id
WHERE c.kind = 'contact';
-- Answered calls of people and all whom they were with: clients that the call is bound to, the companies of such contacts, and
-- those who take part in a deal (or the client of a lead) that it is bound to.
CREATE VIEW f_client_call AS
WITH spoken AS (SELECT activity_id, day, duration_s, deal_key, lead_key, client_key FROM f_activity WHERE person AND done AND kind_key IN (1, 2)),
bound AS (
  SELECT s.activity_id, s.day, s.duration_s, b.entity, b.card_id FROM spoken s JOIN activity_binding b ON b.activity_id = s.activity_id),
party AS (
  SELECT b.activity_id, b.day, b.duration_s, c.key, c.company_id FROM bound b JOIN client c ON c.id = b.entity || ':' || b.card_id
  UNION ALL
  SELECT s.activity_id, s.day, s.duration_s, c.key, c.company_id FROM spoken s JOIN client c ON c.key = s.client_key)
SELECT activity_id, day, duration_s, key AS client_key FROM party
UNION ALL
SELECT p.activity_id, p.day, p.duration_s, c.key FROM party p JOIN client c ON c.id = p.company_id
UNION ALL
SELECT b.activity_id, b.day, b.duration_s, l.client_key FROM bound b JOIN deal d ON b.entity = 'deal' AND d.id = b.card_id JOIN f_deal_client l ON l.deal_key = d.key
UNION ALL
SELECT s.activity_id, s.day, s.duration_s, l.client_key FROM spoken s JOIN f_deal_client l ON l.deal_key = s.deal_key WHERE s.deal_key <> 0
UNION ALL
SELECT s.activity_id, s.day, s.duration_s, l.client_key FROM spoken s JOIN f_lead l ON l.lead_key = s.lead_key WHERE s.lead_key <> 0 AND l.client_key <> 0;
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
