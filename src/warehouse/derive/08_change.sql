-- What our change log saw of amount, currency, responsible and planned close.
CREATE OR REPLACE TEMP TABLE {card}_change AS
SELECT c.card, l.changed_at AS moment, l.sequence, l.field, l.old_value, l.new_value
FROM change_log l JOIN {card}_card c ON c.id = l.card_id
WHERE l.entity = '{card}' AND l.field IN ('amount', 'currency', 'owner'{planned_logged});
