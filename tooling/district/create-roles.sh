#!/bin/sh
# Run once by the postgres container on an empty volume: Pulseward's own role and database, and the role that Grafana reads as.
# Neither is a superuser; statements that fail stay out of the server's log, because they would quote values. psql reads the passwords
# itself: as its arguments they would be shown by whoever lists processes.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set application `cat /run/secrets/application-password`
\set reporting `cat /run/secrets/reporting-password`
create role pulseward login password :'application';
alter role pulseward set log_min_error_statement = 'panic';
alter role pulseward set log_error_verbosity = 'terse';
create database pulseward owner pulseward;
revoke connect, temporary on database pulseward from public;
create role pulseward_reporting login password :'reporting' connection limit 10;
alter role pulseward_reporting set default_transaction_read_only = on;
alter role pulseward_reporting set statement_timeout = '20s';
grant connect on database pulseward to pulseward_reporting;
SQL
