"""Why a camera brings no picture. Pure."""

from ingest.payloads.status import Reason
from models.errors import Invalid


class CameraFailed(Invalid):
    """The camera brings no picture."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason
