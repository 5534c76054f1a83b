"""The page of supervision (督导): a cadre's visits, on a phone and offline, and the office's view of them."""
