"""`mingchu model`: what the detector is worth, and how it is made."""

from deploy.cli.model import judge, make, papers
from deploy.cli.model.group import model_group

__all__ = ("judge", "make", "papers")
COMMANDS = (model_group,)
