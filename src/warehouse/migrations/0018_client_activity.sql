-- When anybody last did anything with a contact or a company of Bitrix24: tells whose comments are read again. A table of its own,
-- because almost every activity moves it and the client's row stays as it is. client_id: 'company:5', 'contact:9'.
CREATE TABLE client_activity (
  client_id TEXT NOT NULL, last_activity_at TIMESTAMP NOT NULL, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
-- Portals loaded before this read their contacts and companies once more, and then the comments.
DELETE FROM sync_cursor WHERE stream IN ('bitrix24:contact', 'bitrix24:company', 'bitrix24:comment');
-- Cards that people comment in Bitrix24, by the CRM's bare ids, and when anybody last did anything with them.
CREATE VIEW commented_card AS
SELECT 'deal' AS entity, id, created_at, last_activity_at FROM deal WHERE deleted_at IS NULL
UNION ALL SELECT 'lead', id, created_at, last_activity_at FROM lead WHERE deleted_at IS NULL
UNION ALL
SELECT c.kind, substr(c.id, strpos(c.id, ':') + 1), c.created_at, a.last_activity_at
FROM client c JOIN client_activity a ON a.client_id = c.id WHERE c.deleted_at IS NULL;
