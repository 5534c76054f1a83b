"""The error of backups."""

from deploy.embedded.errors import EmbeddedError


class BackupError(EmbeddedError):
    """A backup can't be made, or is not fit to be restored: says what, where and what to do."""
