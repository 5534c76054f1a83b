"""Scene packs (场景包) as versioned data, read by `alerts.duties.scene_packs`."""
