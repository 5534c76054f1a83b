"""Parts that every process needs: clock, errors, ids, JSON, text, logs, metrics, settings, threads."""
