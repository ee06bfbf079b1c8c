#!/bin/bash
# Runs once, when the database is made: who owns the tables, and who may only become the
# application's role, which owns nothing and is bound by row-level security.
set -euo pipefail
psql -v ON_ERROR_STOP=1 --username postgres \
  -v owner="$OWNER_DATABASE_PASSWORD" -v portal="$PORTAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE entente_app NOLOGIN;
CREATE ROLE entente_owner LOGIN PASSWORD :'owner';
CREATE ROLE entente_portal LOGIN PASSWORD :'portal' IN ROLE entente_app;
GRANT entente_app TO entente_owner;
CREATE DATABASE entente OWNER entente_owner;
SQL
