"""The duty index (履责指数): formulas as data, facts, and snapshots that can be recomputed."""
