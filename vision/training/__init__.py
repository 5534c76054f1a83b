"""Training of the kitchen detector: prepare data, train with a masked loss, evaluate, export.

This package needs the ``train`` extra (torch, ultralytics). The modules that import them are
loaded only when a training command runs, so the base installation does not need torch.
"""

from vision.engines.unasked import nothing_installed

nothing_installed()  # here, because every module of this package may be the first to import ultralytics
