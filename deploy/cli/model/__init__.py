"""`mingchu model`: evaluate, train and export the detector."""

from deploy.cli.model import judge, make, papers
from deploy.cli.model.group import model_group

__all__ = ("judge", "make", "papers")
COMMANDS = (model_group,)
