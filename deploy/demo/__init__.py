"""The demo: seeded tenants, simulated kitchens, a scripted reviewer and officer, and the proof."""
