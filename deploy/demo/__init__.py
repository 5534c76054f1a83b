"""The demo: seeded tenants, simulated kitchens, a scripted reviewer and officers, and a final report."""
