-- Copies of the lists of calls that people imported into a CRM's portal: a warehouse that is built anew from the CRM gets them
-- back from here. calls: JSON, rows of src/sync/call_list_copy.hpp.
CREATE TABLE call_list (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, list_id TEXT NOT NULL, calls TEXT NOT NULL,
  PRIMARY KEY (portal_id, list_id)) STRICT;
