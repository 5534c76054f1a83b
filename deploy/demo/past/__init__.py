"""The weeks before the demo, marked as simulated: duties, visits, hazards and cameras by a clock of their own."""
