-- all --
-- Every secret with its place and the key of its row.
SELECT 'app_user.totp_secret', id::text, totp_secret FROM app_user WHERE totp_secret IS NOT NULL
UNION ALL SELECT 'channel_secret.address', channel_id::text, address FROM channel_secret
UNION ALL SELECT 'webhook_endpoint.secret', id::text, secret FROM webhook_endpoint
UNION ALL SELECT 'webhook_endpoint.old_secret', id::text, old_secret FROM webhook_endpoint WHERE old_secret IS NOT NULL

-- renew_factor --
-- Store a second factor's secret, encrypted anew.
UPDATE app_user SET totp_secret = %(after)s WHERE id = %(key)s::uuid AND totp_secret = %(before)s

-- renew_address --
-- Store a channel's address, encrypted anew.
UPDATE channel_secret SET address = %(after)s WHERE channel_id = %(key)s::uuid AND address = %(before)s

-- renew_webhook --
-- Store a webhook's secrets, encrypted anew.
UPDATE webhook_endpoint SET
    secret = CASE WHEN secret = %(before)s THEN %(after)s ELSE secret END,
    old_secret = CASE WHEN old_secret = %(before)s THEN %(after)s ELSE old_secret END
WHERE id = %(key)s::uuid AND %(before)s IN (secret, old_secret)
