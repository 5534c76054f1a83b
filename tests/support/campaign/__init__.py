"""Parts of the fault campaign `tests/faults/campaign.py`."""
