"""Reasons why a camera sends no picture. Pure."""

from ingest.payloads.status import Reason
from models.base.errors import Invalid


class CameraFailed(Invalid):
    """The camera sends no picture."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason: Reason = reason


class CameraRefused(CameraFailed):
    """The camera answered with a status other than success."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(reason_of(status), detail)
        self.status = status


_REASONS: dict[int, Reason] = {
    401: "wrong_password",
    403: "wrong_password",
    407: "wrong_password",
    405: "no_video",
    406: "no_video",
    408: "stalled",
    415: "no_video",
    453: "stalled",
    454: "stalled",
    455: "no_video",
    461: "no_video",
    501: "no_video",
    505: "no_video",
}
_REDIRECTS, _SERVER_ERRORS = 300, 500


def reason_of(status: int) -> Reason:
    """Return the reason for an RTSP status of a camera."""
    if status in _REASONS:
        return _REASONS[status]
    return "stalled" if status >= _SERVER_ERRORS else "not_found"
