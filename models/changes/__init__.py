"""Functions that change a row, log the step and announce it in one call, so that no caller can omit one of them.

All changes of violations, alerts, tasks, nodes and devices go through this folder; no other code runs its statements
(`tests/unit/models/changes`). The three steps share the caller's transaction.
"""
