"""The page for supervision platforms that pull the feed."""
