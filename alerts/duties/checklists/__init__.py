"""Checklists of visits (督导), versioned packs; `alerts.duties.visit_rules` reads them."""
