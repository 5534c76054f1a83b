"""The page of meals (餐次)."""
