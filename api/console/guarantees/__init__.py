"""The page of supervised enterprises and cadres (包保)."""
