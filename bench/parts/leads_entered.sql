-- When a lead came to its stage.
entered AS (
  SELECT card_id, max(moved_at) AS entered_at FROM stage_event WHERE entity = 'lead' GROUP BY card_id)
