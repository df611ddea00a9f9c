-- A card o of `open` without life for fourteen days and without a step ahead.
o.created <= DATE '2026-06-16' AND o.id NOT IN (SELECT card_id FROM life WHERE day > DATE '2026-06-16')
    AND o.id NOT IN (SELECT card_id FROM planned)
