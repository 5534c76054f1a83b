"""Training of the kitchen detector: prepare data, train with a masked loss, evaluate, export.

Everything here needs the ``train`` extra (torch, ultralytics); the modules that import them are
loaded only when a training command runs, so the base install stays free of torch.
"""

from vision.engines.unasked import nothing_installed

nothing_installed()  # here, as every module of this package may be the first to import ultralytics
