CREATE TABLE clients (
  id uuid PRIMARY KEY,
  name text NOT NULL UNIQUE,
  secret_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
