"""One call changes a row, writes its step into the log and announces it: no caller can do one without the others.

Whoever changes a violation, alert, task, node or device calls a function of this folder; nothing else runs the
statements behind it (`tests/unit/models/changes`). The caller's transaction holds all three.
"""
