"""From findings to closed hazards: breach rules, grouping, review, rectification, deadlines.

Pure decisions take `at` as a parameter and do no I/O; services load → decide → store → announce
inside the caller's transaction.
"""
