"""The page of online patrols (线上巡查)."""
