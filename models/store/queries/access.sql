-- add_user --
-- Register a user.
INSERT INTO app_user (id, login, name, password_hash, role, tenant_id, region_prefix, entity_id, person_id)
VALUES (%(id)s, %(login)s, %(name)s, %(password_hash)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(person_id)s)

-- user_by_login --
-- Who wants to log in.
SELECT * FROM app_user WHERE login = %(login)s AND disabled_at IS NULL

-- set_password --
-- Give a user another password.
UPDATE app_user SET password_hash = %(password_hash)s WHERE login = %(login)s

-- user_of_session --
-- Who is behind a session cookie.
SELECT u.* FROM app_user u JOIN user_session s ON s.user_id = u.id
WHERE s.token_sha256 = %(token_sha256)s AND s.expires_at > %(at)s AND u.disabled_at IS NULL

-- csrf_of_session --
-- The CSRF token of a session.
SELECT csrf_token FROM user_session WHERE token_sha256 = %(token_sha256)s AND expires_at > %(at)s

-- add_session --
-- A user is logged in.
INSERT INTO user_session (token_sha256, user_id, csrf_token, created_at, expires_at)
VALUES (%(token_sha256)s, %(user_id)s, %(csrf_token)s, %(at)s, %(expires_at)s)

-- end_session --
-- A user logs out.
DELETE FROM user_session WHERE token_sha256 = %(token_sha256)s

-- forget_sessions --
-- Sessions that have run out.
DELETE FROM user_session WHERE expires_at < %(at)s

-- add_failure --
-- A log-in failed.
INSERT INTO login_failure (login, at) VALUES (%(login)s, %(at)s)

-- failures --
-- How often a log-in failed lately.
SELECT count(*) FROM login_failure WHERE login = %(login)s AND at > %(since)s

-- forget_failures --
-- A log-in worked, or failures are old.
DELETE FROM login_failure WHERE login = %(login)s OR at < %(before)s

-- add_key --
-- Register an API key.
INSERT INTO api_key (prefix, secret_sha256, name, role, tenant_id, region_prefix, entity_id, expires_at)
VALUES (%(prefix)s, %(secret_sha256)s, %(name)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(expires_at)s)

-- key --
-- A key that is still good.
SELECT * FROM api_key WHERE prefix = %(prefix)s AND revoked_at IS NULL AND expires_at > %(at)s

-- revoke_key --
-- Take a key's access away.
UPDATE api_key SET revoked_at = %(at)s WHERE prefix = %(prefix)s AND revoked_at IS NULL

-- ask_as --
-- Say who asks, so that only their remembered answers are seen; a claim waits a moment for one in progress.
SELECT set_config('mingchu.principal', %(principal)s, true), set_config('lock_timeout', '2s', true)

-- claim_idempotency --
-- Claim a key of a creating request; touches no row when it is taken.
INSERT INTO idempotency (principal, key, request_sha256, created_at)
VALUES (%(principal)s, %(key)s, %(request_sha256)s, %(at)s) ON CONFLICT DO NOTHING

-- stop_waiting --
-- What follows waits as long as any statement may.
SELECT set_config('lock_timeout', '0', true)

-- idempotent_answer --
-- What a claimed key was claimed for and answered with.
SELECT request_sha256, status, body, headers FROM idempotency WHERE principal = %(principal)s AND key = %(key)s

-- keep_answer --
-- Remember the answer.
UPDATE idempotency SET status = %(status)s, body = %(body)s, headers = %(headers)s
WHERE principal = %(principal)s AND key = %(key)s

-- forget_old_failures --
-- Failed log-ins that no limit counts any more.
DELETE FROM login_failure WHERE at < %(before)s

-- forget_answers --
-- Answers are kept for a day.
DELETE FROM idempotency WHERE created_at < %(before)s
