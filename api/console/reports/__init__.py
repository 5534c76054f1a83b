"""The page of reports on weeks and months."""
