"""The folder of the project, so that tests can move without counting parent folders."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
