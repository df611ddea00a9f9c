-- What the CRM says of an employee's place there, for rights to come; nothing is decided by it yet. role: its name. rights: JSON
-- {"own": …, "role": …} in the CRM's own words, either may be null. NULL: the CRM does not tell.
ALTER TABLE crm_user ADD COLUMN is_admin BOOLEAN;
ALTER TABLE crm_user ADD COLUMN role TEXT;
ALTER TABLE crm_user ADD COLUMN rights TEXT;
