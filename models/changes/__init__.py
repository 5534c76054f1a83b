"""Each call changes a row, logs the step and announces it, so that no caller can do one without the others.

All changes of violations, alerts, tasks, nodes and devices go through this folder; a test checks that nothing else
runs its statements (`tests/unit/models/changes`). All three happen in the caller's transaction.
"""
