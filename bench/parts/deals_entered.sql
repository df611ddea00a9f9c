-- When a deal came to its stage.
entered AS (
  SELECT card_id, max(moved_at) AS entered_at FROM stage_event WHERE entity = 'deal' GROUP BY card_id)
