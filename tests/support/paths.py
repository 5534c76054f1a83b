"""Where the project lies, so that a test may move without counting folders."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
