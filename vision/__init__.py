"""Pixels → detections → violations: decode, motion gate, detector, tracks, rules over time, evidence.

Judges hygiene and nothing else: it creates no task and knows no user.
"""
