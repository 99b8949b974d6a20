-- The application's role on PostgreSQL: it works with the rows and owns nothing.
--
-- Run as the owner of the tables (the role that runs `manage.py migrate`), once after the first
-- migrate and again after each one that adds tables:
--
--     psql "$OWNER_DATABASE_URL" -v app=yuzheng_app -f docs/postgresql-role.sql
--
-- Create the role first, as an administrator, with a password of your own:
--
--     CREATE ROLE yuzheng_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '…';
--
-- Web and worker then connect as yuzheng_app; only `migrate` connects as the owner. A role that owns
-- no table can neither disable nor drop the triggers that enforce bans, nor alter or drop a table.

\set ON_ERROR_STOP on
BEGIN;

-- Nothing but what is granted below; no schema objects, no temporary tables.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM :"app";
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM %I', current_database(), :'app') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'app') \gexec
GRANT USAGE ON SCHEMA public TO :"app";

-- Rows: to read and to write. TRUNCATE, TRIGGER, REFERENCES and MAINTAIN are not among it.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"app";

-- What only ever grows. The triggers refuse more than this anyway; the rights say it a second time.
REVOKE UPDATE, DELETE ON registry_auditentry, courses_hourentry, courses_attendancecorrection,
    certification_certificate, certification_certificateentry, certification_certificatefile,
    certification_revocation FROM :"app";
-- A merge of two records moves certificates to the other, an erasure puts a pseudonym on them; no more than that.
GRANT UPDATE (person_id, holder_name, holder_id_masked) ON certification_certificate TO :"app";
REVOKE DELETE ON registry_ban, registry_person, registry_identitydocument FROM :"app";

-- Which migrations have run is the owner's to say.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM :"app";

COMMIT;
