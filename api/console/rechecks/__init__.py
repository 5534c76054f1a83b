"""The page of rechecks of visits (督导抽查)."""
