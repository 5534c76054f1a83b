"""`mingchu model`: collect judged pictures; evaluate, train and export the detector."""

from deploy.cli.model import collect, hours, judge, make, papers
from deploy.cli.model.group import model_group

__all__ = ("collect", "hours", "judge", "make", "papers")
COMMANDS = (model_group,)
