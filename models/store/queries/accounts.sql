-- page --
-- A page of the users of the scope, in the order in which they were made.
SELECT u.* FROM app_user u
WHERE (%(after)s::uuid IS NULL OR u.id > %(after)s) AND (%(role)s::text IS NULL OR u.role = %(role)s)
  AND (%(text)s = '' OR strpos(u.login, lower(%(text)s)) > 0 OR strpos(u.name, %(text)s) > 0)
ORDER BY u.id LIMIT %(limit)s

-- account --
-- One user of the scope.
SELECT * FROM app_user WHERE id = %(id)s

-- lock_account --
-- One user of the scope, locked until the transaction ends.
SELECT * FROM app_user WHERE id = %(id)s FOR UPDATE

-- by_subject --
-- The user for whom a sign-on provider vouches.
SELECT *, mingchu_group_role(group_id) AS group_form FROM app_user WHERE provider = %(provider)s AND provider_subject = %(subject)s

-- names --
-- What people are called whose accounts the reader may see.
SELECT login, name FROM app_user WHERE login = ANY(%(logins)s::text[]) AND name <> ''

-- login_taken --
-- Whether somebody has a log-in.
SELECT EXISTS (SELECT FROM app_user WHERE login = %(login)s)

-- add_by_provider --
-- Register a user for whom a sign-on provider vouches.
INSERT INTO app_user (id, login, name, password_hash, role, tenant_id, region_prefix, entity_id, group_id, made_by,
                      provider, provider_subject)
VALUES (%(id)s, %(login)s, %(name)s, %(password_hash)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(group_id)s, %(provider)s, %(provider)s, %(subject)s)

-- change --
-- Change what a user is called and may do.
UPDATE app_user SET name = %(name)s, role = %(role)s, region_prefix = %(region_prefix)s, entity_id = %(entity_id)s,
    group_id = %(group_id)s, version = version + 1
WHERE id = %(id)s RETURNING *

-- set_ended --
-- Disable or enable a user.
UPDATE app_user SET disabled_at = %(at)s, version = version + 1 WHERE id = %(id)s RETURNING *

-- set_hash --
-- Store the hash of a user's password.
UPDATE app_user SET password_hash = %(password_hash)s, version = version + 1 WHERE id = %(id)s

-- drop_factor --
-- Forget a user's second factor.
UPDATE app_user SET totp_secret = NULL, totp_since = NULL, version = version + 1 WHERE id = %(id)s

-- factor --
-- A user's second factor.
SELECT totp_secret AS secret, totp_since AS since, totp_step AS step FROM app_user WHERE id = %(id)s

-- propose_factor --
-- Store a second factor that is asked as soon as the user has confirmed it.
UPDATE app_user SET totp_secret = %(secret)s WHERE id = %(id)s AND totp_since IS NULL

-- confirm_factor --
-- Ask for the second factor from now on.
UPDATE app_user SET totp_since = %(at)s, version = version + 1
WHERE id = %(id)s AND totp_since IS NULL AND totp_secret IS NOT NULL

-- use_step --
-- Use a time step's code; touches no row if it or a later one was used before.
UPDATE app_user SET totp_step = %(step)s WHERE id = %(id)s AND totp_step < %(step)s

-- note_log_in --
-- Note that a user logged in.
UPDATE app_user SET last_login_at = %(at)s WHERE id = %(id)s

-- sessions --
-- The unexpired sessions of a user, the newest first.
SELECT id, created_at, expires_at, address, token_sha256 = %(present)s AS present FROM user_session
WHERE user_id = %(user_id)s AND expires_at > %(at)s AND NOT half ORDER BY created_at DESC LIMIT 200

-- end_one_session --
-- End one session of a user.
DELETE FROM user_session WHERE user_id = %(user_id)s AND id = %(id)s

-- end_sessions --
-- End the sessions of a user, except the present one.
DELETE FROM user_session WHERE user_id = %(user_id)s AND token_sha256 <> %(present)s

-- forget_browsers --
-- Forget the browsers of a user.
DELETE FROM login_device WHERE user_id = %(user_id)s

-- withdraw --
-- Withdraw the open invitation of a user, or of the first administrator.
DELETE FROM invitation WHERE user_id IS NOT DISTINCT FROM %(user_id)s AND used_at IS NULL

-- invite --
-- Store an invitation.
INSERT INTO invitation (token_sha256, user_id, made_by, made_at, expires_at)
VALUES (%(token_sha256)s, %(user_id)s, %(made_by)s, %(at)s, %(expires_at)s)

-- invitation --
-- An invitation that is still good.
SELECT i.user_id, u.login, u.name, i.made_by, i.expires_at FROM invitation i LEFT JOIN app_user u ON u.id = i.user_id
WHERE i.token_sha256 = %(token_sha256)s AND i.used_at IS NULL AND i.expires_at > %(at)s AND u.disabled_at IS NULL

-- accept --
-- Use an invitation; touches no row if somebody was faster.
UPDATE invitation SET used_at = %(at)s WHERE token_sha256 = %(token_sha256)s AND used_at IS NULL

-- nobody_yet --
-- Whether there is no user at all.
SELECT NOT EXISTS (SELECT FROM app_user)

-- only_tenant --
-- The only tenant; nothing if there are several or none.
SELECT mingchu_only_tenant()

-- found --
-- Make the tenant of the first administrator; false if there are users.
SELECT mingchu_found(%(tenant_id)s, %(name)s)

-- keys --
-- A page of the keys of the scope.
SELECT * FROM api_key WHERE prefix > %(after)s ORDER BY prefix LIMIT %(limit)s

-- key_row --
-- One key of the scope, locked until the transaction ends.
SELECT * FROM api_key WHERE prefix = %(prefix)s FOR UPDATE

-- add_key --
-- Register a key.
INSERT INTO api_key (prefix, secret_sha256, name, role, tenant_id, region_prefix, entity_id, group_id, expires_at, made_by,
                     created_at, follows)
VALUES (%(prefix)s, %(secret_sha256)s, %(name)s, %(role)s, %(tenant_id)s, %(region_prefix)s, %(entity_id)s,
        %(group_id)s, %(expires_at)s, %(made_by)s, %(at)s, %(follows)s) RETURNING *

-- end_key --
-- Let a key expire at a moment, or revoke it.
UPDATE api_key SET expires_at = least(expires_at, %(expires_at)s), revoked_at = %(revoked_at)s
WHERE prefix = %(prefix)s AND revoked_at IS NULL RETURNING *

-- note_use --
-- Note that a key was used; at most once a minute.
UPDATE api_key SET last_used_at = %(at)s
WHERE prefix = %(prefix)s AND (last_used_at IS NULL OR last_used_at < %(at)s::timestamptz - interval '1 minute')
