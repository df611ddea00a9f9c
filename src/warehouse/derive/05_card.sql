-- The cards to derive, with keys in place of ids.
CREATE OR REPLACE TEMP TABLE {card}_card AS
SELECT c.key AS card, c.id, c.created_at, local_day(c.created_at) AS created_day, c.modified_at, c.moved_at, c.closed_at,
  c.deleted_at, coalesce(c.first_seen_at, c.seen_at) AS first_seen_at, c.pipeline_id, c.mover_id, c.amount,
  coalesce(m.stage_key, 0) AS stage_key, coalesce(m.pipeline_key, p.key, 0) AS pipeline_key,
  coalesce(m.semantic, 0)::TINYINT AS semantic, coalesce(m.ordinal, 0) AS ordinal,
  coalesce(m.is_first, FALSE) AS is_first, coalesce(m.after_sale, FALSE) AS after_sale,
  coalesce(cur.key, 0) AS currency_key, coalesce(o.key, 0) AS owner_key,
  coalesce(s.key, o.key, 0) AS seller_key,
  coalesce(a.key, 0) AS creator_key, coalesce(src.key, 0) AS source_key, coalesce(l.key, 0) AS loss_reason_key,
  {planned_close} AS planned_close,
  cl.client_key, coalesce(d.client_type_key, 0) AS client_type_key,
  coalesce(rg.key, d.region_key, 0) AS region_key, coalesce(bl.key, d.industry_key, 0) AS industry_key,
  coalesce(us.key, 0) AS utm_source_key, coalesce(um.key, 0) AS utm_medium_key, coalesce(uc.key, 0) AS utm_campaign_key,
  coalesce(un.key, 0) AS utm_content_key, coalesce(ut.key, 0) AS utm_term_key
FROM {card}_rows c
JOIN {card}_buyer cl ON cl.card = c.key AND {slice:cl.card}
LEFT JOIN stage_dated m ON m.entity = '{card}' AND m.pipeline_id = c.pipeline_id AND m.stage_id = c.stage_id
  AND local_day(coalesce(c.moved_at, c.closed_at, c.created_at, c.first_seen_at, c.seen_at)) BETWEEN m.from_day
    AND m.to_day - 1
LEFT JOIN pipeline p ON p.entity = '{card}' AND p.id = c.pipeline_id
LEFT JOIN d_code cur ON cur.kind = 'currency' AND cur.id = c.currency
LEFT JOIN crm_user o ON o.id = c.owner_id
LEFT JOIN crm_user s ON s.id = c.seller_id
LEFT JOIN crm_user a ON a.id = c.creator_id
LEFT JOIN d_code src ON src.kind = 'source' AND src.id = c.source_id
LEFT JOIN d_code l ON l.kind = 'loss_reason' AND l.id = c.loss_reason_id
LEFT JOIN d_client d ON d.key = cl.client_key
LEFT JOIN d_code rg ON rg.kind = 'region' AND rg.id = c.region_code
LEFT JOIN d_code bl ON bl.kind = 'industry' AND bl.id = c.industry_code
LEFT JOIN d_code us ON us.kind = 'utm_source' AND us.id = c.utm_source
LEFT JOIN d_code um ON um.kind = 'utm_medium' AND um.id = c.utm_medium
LEFT JOIN d_code uc ON uc.kind = 'utm_campaign' AND uc.id = c.utm_campaign
LEFT JOIN d_code un ON un.kind = 'utm_content' AND un.id = c.utm_content
LEFT JOIN d_code ut ON ut.kind = 'utm_term' AND ut.id = c.utm_term
WHERE {slice:c.key};
