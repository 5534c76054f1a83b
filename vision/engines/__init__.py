"""Inference runtimes behind one door (`vision.engines.detector.Engine`): letterboxed pictures in, raw heads out."""
