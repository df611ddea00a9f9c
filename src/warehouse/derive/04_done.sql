-- What was done in activities that touch a card, and to whom among the clients: the same for leads and deals.
CREATE OR REPLACE TEMP VIEW done AS
SELECT id, created_at, direction = 'out' AS outgoing, coalesce(doer_id, author_id) AS doer_id, auto_completed,
  CASE WHEN completed OR kind IN ('comment', 'message')
       THEN coalesce(happened_at, completed_at, starts_at, created_at) END AS moment
FROM touching WHERE deleted_at IS NULL;

CREATE OR REPLACE TEMP TABLE client_done AS
SELECT b.entity, b.card_id, d.created_at, d.outgoing, d.doer_id, d.auto_completed, d.moment
FROM binding_rows b JOIN done d ON d.id = b.activity_id
WHERE b.entity IN ('company', 'contact') AND d.moment IS NOT NULL AND d.doer_id IS NOT NULL;
