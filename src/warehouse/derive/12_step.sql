-- Steps planned ahead: tasks, meetings, calls and whatever has a deadline, from their creation until they were done.
CREATE OR REPLACE TEMP TABLE {card}_step AS
SELECT DISTINCT b.card, a.id, local_day(coalesce(a.created_at, a.starts_at, a.deadline_at)) AS created_day,
  local_day(coalesce(a.deadline_at, CASE WHEN NOT a.completed THEN a.starts_at END)) AS deadline_day,
  CASE WHEN a.completed THEN local_day(coalesce(a.completed_at, a.happened_at, a.modified_at, a.created_at))
       WHEN a.deleted_at IS NOT NULL THEN local_day(a.deleted_at) ELSE 2147483647 END AS done_day
FROM {card}_bound b JOIN touching a ON a.id = b.activity_id
WHERE (a.deadline_at IS NOT NULL OR a.kind IN ('task', 'meeting', 'call'))
  AND coalesce(a.created_at, a.starts_at, a.deadline_at) IS NOT NULL;

INSERT INTO f_{card}_step
SELECT card, created_day, deadline_day, done_day FROM {card}_step WHERE created_day < done_day ORDER BY done_day;

CREATE OR REPLACE TEMP TABLE {card}_open AS
SELECT card, min(deadline_day) AS next_step_day, count(*) AS open_steps
FROM {card}_step WHERE done_day = 2147483647 GROUP BY card;
DROP TABLE {card}_step;
