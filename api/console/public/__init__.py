"""The page of a notice board, for anybody."""
