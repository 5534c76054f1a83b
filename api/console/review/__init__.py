"""The page on which regulators review alerts."""
