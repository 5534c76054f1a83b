"""Inference runtimes behind one door (`vision.detector.Engine`): letterboxed pictures in, raw heads out."""
