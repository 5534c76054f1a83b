-- Where TimescaleDB is present: the same two tables as hypertables, with its own policies instead of
-- our partition job. Runs between the DDL above being adapted (see versions/0001_foundation.py).
SELECT create_hypertable('reading', by_range('occurred_at', INTERVAL '1 day'));
SELECT create_hypertable('device_history', by_range('at', INTERVAL '7 days'));
ALTER TABLE reading SET (
    timescaledb.compress, timescaledb.compress_segmentby = 'device_id, code',
    timescaledb.compress_orderby = 'occurred_at, seq'
);
SELECT add_compression_policy('reading', INTERVAL '7 days');
SELECT add_retention_policy('reading', INTERVAL '730 days');
SELECT add_retention_policy('device_history', INTERVAL '730 days');
