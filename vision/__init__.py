"""Pixels → detections → violations: decode, motion gate, detector, tracks, rules over time, evidence.

It only judges hygiene: it creates no tasks and knows no users.
"""
