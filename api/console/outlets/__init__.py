"""The page of a chain (连锁门店)."""
