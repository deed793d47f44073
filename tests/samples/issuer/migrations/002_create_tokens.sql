CREATE TABLE tokens (
  hash text PRIMARY KEY,
  client_id uuid NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
