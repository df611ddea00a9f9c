-- Customers of amoCRM («покупатели»): who buys again and again. id: the account's bare one. status_id: of the dictionary
-- customer_status, NULL where the account keeps customers by segments. next_at, next_amount: the purchase that is expected next
-- (currency: the account's). purchases, purchased_amount: as the account counts them. client_id: its company, else its main
-- contact ('company:5', 'contact:9'), as in payment; customer_client has all of them. Rows stay when the account switches
-- customers off.
CREATE TABLE customer (
  id TEXT NOT NULL, name TEXT, owner_id TEXT, creator_id TEXT, status_id TEXT, next_at TIMESTAMP, next_amount DECIMAL(18, 2),
  currency TEXT, purchases INTEGER, purchased_amount DECIMAL(18, 2), client_id TEXT, created_at TIMESTAMP, modified_at TIMESTAMP,
  deleted_at TIMESTAMP, seen_at TIMESTAMP NOT NULL, row_hash UBIGINT NOT NULL);
CREATE TABLE customer_client (customer_id TEXT NOT NULL, client_id TEXT NOT NULL, is_main BOOLEAN NOT NULL);
-- segment_id: of the dictionary customer_segment.
CREATE TABLE customer_segment (customer_id TEXT NOT NULL, segment_id TEXT NOT NULL);
