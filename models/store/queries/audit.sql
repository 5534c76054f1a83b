-- note --
-- Add an entry by the actor of the transaction.
SELECT mingchu_note(%(action)s, %(object)s, %(tenant_id)s, %(region_code)s, %(entity_id)s::uuid, %(reason)s, %(detail)s)

-- act_as --
-- Name the actor of a transaction.
SELECT set_config('mingchu.actor', %(actor)s, true)

-- entries --
-- A page of the entries of the scope, the newest first.
SELECT id, seq, at, tenant_id, region_code, entity_id, actor, action, object, reason, detail FROM audit_entry
WHERE (%(before)s::bigint IS NULL OR seq < %(before)s) AND (%(action)s = '' OR starts_with(action, %(action)s))
  AND (%(actor)s = '' OR actor = %(actor)s) AND (%(object)s = '' OR object = %(object)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY seq DESC LIMIT %(limit)s
