-- health --
-- What an operator should know at once. Queues and losses are counted up to 10,000; `gone` nodes spoke once and do not now.
SELECT clock_timestamp() AS clock,
       (SELECT extract(epoch FROM clock_timestamp() - min(time)) FROM outbox)::float8 AS oldest_unnumbered_s,
       (SELECT count(*) FROM webhook_endpoint WHERE disabled_reason IS NOT NULL AND removed_at IS NULL) AS endpoints_given_up,
       (SELECT count(*) FROM (SELECT FROM webhook_delivery WHERE state = 'exhausted' AND done_at > now() - interval '1 day'
                              LIMIT 10000) d) AS deliveries_exhausted,
       (SELECT count(*) FROM (SELECT FROM notice WHERE state IN ('exhausted', 'expired') AND done_at > now() - interval '1 day'
                              LIMIT 10000) n) AS notices_given_up,
       (SELECT count(*) FROM node WHERE revoked_at IS NULL AND last_seen_at IS NOT NULL) AS nodes,
       (SELECT count(*) FROM node WHERE revoked_at IS NULL AND last_seen_at IS NOT NULL AND NOT online) AS nodes_gone,
       (SELECT count(*) FROM node WHERE revoked_at IS NULL AND abs(clock_skew_s) > %(skew_s)s
                                        AND last_seen_at > now() - interval '1 day') AS nodes_skewed,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most_connections
