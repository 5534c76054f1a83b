"""Log-in of the agent at a camera's HTTP server, by the scheme that the camera offers."""

from collections.abc import Generator

import httpx
import structlog

log = structlog.get_logger()

_UNAUTHORISED = 401


class CameraAuth(httpx.Auth):
    """Uses Digest if the camera offers it, with any algorithm; else Basic, which sends the password in clear."""

    def __init__(self, username: str, password: str) -> None:
        self._digest = httpx.DigestAuth(username, password)
        self._basic = httpx.BasicAuth(username, password)
        self._said = False

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request without a log-in first, because the camera's answer names the scheme."""
        request.headers.pop("Authorization", None)
        answer = yield request
        if answer.status_code != _UNAUTHORISED:
            return
        offered = {header.strip().partition(" ")[0].lower() for header in answer.headers.get_list("www-authenticate")}
        if "digest" in offered:
            flow = self._digest.auth_flow(request)
            next(flow)
            try:
                yield flow.send(answer)
            except StopIteration:
                return
        elif "basic" in offered:
            self._warn(request.url.host)
            yield from self._basic.auth_flow(request)

    def _warn(self, host: str) -> None:
        if not self._said:
            log.warning("camera takes its password in clear text only (Basic); set digest in the camera", host=host)
            self._said = True
