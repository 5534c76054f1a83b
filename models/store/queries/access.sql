-- add_user --
-- Register a user.
INSERT INTO app_user (id, login, name, password_hash, role, tenant_id, region_prefix, entity_id, group_id, person_id)
VALUES (%(id)s, %(login)s, %(name)s, %(password_hash)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(group_id)s, %(person_id)s)

-- user_by_login --
-- The user with a log-in name.
SELECT *, mingchu_group_role(group_id) AS group_form FROM app_user WHERE login = %(login)s AND disabled_at IS NULL

-- set_password --
-- Change a user's password.
UPDATE app_user SET password_hash = %(password_hash)s WHERE login = %(login)s

-- user_of_session --
-- The user of a session cookie.
SELECT u.*, mingchu_group_role(u.group_id) AS group_form FROM app_user u JOIN user_session s ON s.user_id = u.id
WHERE s.token_sha256 = %(token_sha256)s AND s.expires_at > %(at)s AND s.half = %(half)s AND u.disabled_at IS NULL

-- csrf_of_session --
-- The CSRF token of a session.
SELECT csrf_token FROM user_session WHERE token_sha256 = %(token_sha256)s AND expires_at > %(at)s

-- add_session --
-- Store a user's new session.
INSERT INTO user_session (token_sha256, user_id, csrf_token, created_at, expires_at, address, half)
VALUES (%(token_sha256)s, %(user_id)s, %(csrf_token)s, %(at)s, %(expires_at)s, %(address)s, %(half)s)

-- end_session --
-- End a session.
DELETE FROM user_session WHERE token_sha256 = %(token_sha256)s

-- forget_sessions --
-- Delete expired sessions.
DELETE FROM user_session WHERE expires_at < %(at)s

-- add_key --
-- Register an API key.
INSERT INTO api_key (prefix, secret_sha256, name, role, tenant_id, region_prefix, entity_id, group_id, expires_at)
VALUES (%(prefix)s, %(secret_sha256)s, %(name)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(group_id)s, %(expires_at)s)

-- key --
-- A valid API key.
SELECT *, mingchu_group_role(group_id) AS group_form FROM api_key WHERE prefix = %(prefix)s AND revoked_at IS NULL AND expires_at > %(at)s

-- revoke_key --
-- Revoke a key.
UPDATE api_key SET revoked_at = %(at)s WHERE prefix = %(prefix)s AND revoked_at IS NULL

-- ask_as --
-- Set the principal, so that only its stored answers are visible; a claim waits up to two seconds for one in progress.
SELECT set_config('mingchu.principal', %(principal)s, true), set_config('lock_timeout', '2s', true)

-- claim_idempotency --
-- Claim a key of a creating request; touches no row when it is taken.
INSERT INTO idempotency (principal, key, request_sha256, created_at)
VALUES (%(principal)s, %(key)s, %(request_sha256)s, %(at)s) ON CONFLICT DO NOTHING

-- stop_waiting --
-- Reset the lock timeout for the following statements.
SELECT set_config('lock_timeout', '0', true)

-- idempotent_answer --
-- The request and the answer of a claimed key.
SELECT request_sha256, status, body, headers FROM idempotency WHERE principal = %(principal)s AND key = %(key)s

-- keep_answer --
-- Store the answer.
UPDATE idempotency SET status = %(status)s, body = %(body)s, headers = %(headers)s
WHERE principal = %(principal)s AND key = %(key)s

-- forget_answers --
-- Delete old answers.
DELETE FROM idempotency WHERE created_at < %(before)s

-- knows_device --
-- Whether an account has logged in from a browser before.
SELECT EXISTS (SELECT FROM login_device d JOIN app_user u ON u.id = d.user_id
               WHERE d.token_sha256 = %(token_sha256)s AND u.login = %(login)s)

-- remember_device --
-- Remember a browser from which an account logged in.
INSERT INTO login_device (token_sha256, user_id, last_at) VALUES (%(token_sha256)s, %(user_id)s, %(at)s)
ON CONFLICT (token_sha256) DO UPDATE SET user_id = EXCLUDED.user_id, last_at = EXCLUDED.last_at

-- forget_devices --
-- Forget all but the last browsers of an account.
DELETE FROM login_device WHERE token_sha256 IN (
    SELECT token_sha256 FROM login_device WHERE user_id = %(user_id)s ORDER BY last_at DESC OFFSET %(keep)s)

-- forget_devices_of --
-- Forget the browsers of an account.
DELETE FROM login_device d USING app_user u WHERE u.id = d.user_id AND u.login = %(login)s

-- set_disabled --
-- Disable or enable a user.
UPDATE app_user SET disabled_at = %(at)s WHERE login = %(login)s

-- sessions_of --
-- The unexpired sessions of a user, the newest first.
SELECT s.created_at, s.expires_at, s.address FROM user_session s JOIN app_user u ON u.id = s.user_id
WHERE u.login = %(login)s AND s.expires_at > %(at)s ORDER BY s.created_at DESC

-- end_sessions_of --
-- End all sessions of a user.
DELETE FROM user_session s USING app_user u WHERE u.id = s.user_id AND u.login = %(login)s

-- users --
-- All users, disabled ones included.
SELECT * FROM app_user ORDER BY tenant_id, login
