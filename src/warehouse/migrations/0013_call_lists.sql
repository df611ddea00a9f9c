-- Every telephone of a client (client.phone is the first one) and of an employee, normalised; an employee's may be an extension.
CREATE TABLE client_phone (client_id TEXT NOT NULL, phone TEXT NOT NULL);
CREATE TABLE user_phone (user_id TEXT NOT NULL, phone TEXT NOT NULL);
INSERT INTO client_phone SELECT id, phone FROM client WHERE phone IS NOT NULL;
-- A call of a list that people imported into a CRM's portal: what the CRM does not know and a new first load does not bring back.
-- id 'list:…' is made from number, direction, moment and length; list_id: moment of the import and the file's name. One that the
-- CRM has not itself is an activity of the same id, bound to whom the number belongs (src/sync/listed_calls.cpp).
CREATE TABLE listed_call (
  id TEXT NOT NULL, list_id TEXT NOT NULL, user_id TEXT, phone TEXT, direction TEXT, started_at TIMESTAMP NOT NULL,
  duration_s INTEGER, missed BOOLEAN, deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
