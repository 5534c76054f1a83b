"""Inference runtimes with one interface (`vision.engines.detector.Engine`): letterboxed pictures in, raw heads out."""
