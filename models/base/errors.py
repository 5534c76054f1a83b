"""Errors of the domain: each class has a stable `code`; its docstring is its default message.

The errors know nothing of HTTP: `api` maps each code to problem+json, and a test checks that every code is mapped.
"""

from typing import ClassVar


class MingchuError(Exception):
    """Something in mingchu went wrong."""

    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class Invalid(MingchuError):
    """The input is not acceptable."""

    code = "invalid"


class WrongForm(MingchuError):
    """This address does not answer in a form that the caller accepts."""

    code = "wrong_form"


class Conflict(MingchuError):
    """This exists already."""

    code = "conflict"


class PictureRefused(Invalid):
    """The picture or film can't be accepted."""

    code = "picture_refused"


class NoPicture(PictureRefused):
    """This is no picture, or its format is not accepted."""

    code = "no_picture"


class PictureBroken(PictureRefused):
    """The picture is broken: it can't be decoded."""

    code = "picture_broken"


class PictureTruncated(PictureRefused):
    """The picture is cut off: its end is missing. Send the whole picture again."""

    code = "picture_truncated"


class PictureTooLarge(PictureRefused):
    """The picture has too many pixels."""

    code = "picture_too_large"


class PictureTooHeavy(PictureRefused):
    """The picture has too many bytes."""

    code = "picture_too_heavy"


class PictureTooCostly(PictureRefused):
    """The picture takes far more time or memory to decode than a picture of its size should."""

    code = "picture_too_costly"


class FilmOfAnotherTime(PictureRefused):
    """The film does not show the requested time."""

    code = "picture_other_time"


class PictureUsed(Conflict):
    """This file is already proof elsewhere."""

    code = "picture_used"


class PictureNotNew(Conflict):
    """The camera's present picture is too old, or kept already; wait for a new one."""

    code = "picture_not_new"


class NotFound(MingchuError):
    """This does not exist, or you may not see it."""

    code = "not_found"


class StaleVersion(MingchuError):
    """Somebody changed this after you read it; read it again."""

    code = "stale_version"


class InvalidTransition(MingchuError):
    """This step is not possible in the present state."""

    code = "invalid_transition"


class NotAllowed(MingchuError):
    """Your role does not allow this."""

    code = "not_allowed"


class LawDemands(NotAllowed):
    """The law demands this value; only an administrator may loosen it."""

    code = "law_demands"


class NotAuthenticated(MingchuError):
    """Log in or present a valid API key first."""

    code = "not_authenticated"


class ProviderAway(MingchuError):
    """The sign-on provider does not answer; try again shortly."""

    code = "provider_away"


class RateLimited(MingchuError):
    """Too many attempts; wait and try again."""

    code = "rate_limited"

    def __init__(self, message: str | None = None, *, again_s: float = 30) -> None:
        super().__init__(message)
        self.again_s = again_s


class InProgress(MingchuError):
    """A request with this Idempotency-Key is in progress; wait for its answer."""

    code = "in_progress"


class NotReady(MingchuError):
    """This is not ready yet; ask again in a few seconds."""

    code = "not_ready"


class CopyFailed(NotFound):
    """This copy can't be made."""

    code = "copy_failed"


class CopyOverdue(MingchuError):
    """No process has made this copy in time. Check that `mingchu vision` is running."""

    code = "copy_overdue"


class CursorExpired(MingchuError):
    """The feed keeps no events this old. Start from the snapshot at `snapshot`, or at `earliest_cursor`."""

    code = "cursor_expired"

    def __init__(self, earliest: int) -> None:
        super().__init__()
        self.earliest = earliest


class FeedRestored(CursorExpired):
    """The database was restored to an earlier state; later events are lost. Start from the snapshot at `snapshot`."""

    code = "feed_restored"


class CursorFromFuture(MingchuError):
    """The cursor is beyond the newest event; expected a cursor that this feed returned.

    If this feed returned the cursor, its database was restored to an earlier state.
    """

    code = "cursor_from_future"


class StoreUnavailable(MingchuError):
    """The database does not answer; try again shortly."""

    code = "store_unavailable"


class LeaseLost(MingchuError):
    """Another process has taken over this work."""

    code = "lease_lost"


class SchemaNewer(MingchuError):
    """A newer mingchu made this database. Update the program, or restore a backup made before that update."""

    code = "schema_newer"


class SchemaOlder(MingchuError):
    """The database has an older schema than this program; run `mingchu migrate`."""

    code = "schema_older"


class DiskFull(MingchuError):
    """The disk is full; free some space, or move the data folder to a larger disk."""

    code = "disk_full"


class StoreRefused(MingchuError):
    """The database refuses this value: it can't store the value, or the value breaks a rule of the schema."""

    code = "store_refused"


class WeightsRefused(MingchuError):
    """The model's weights do not match the catalogue."""

    code = "weights_refused"


class EvidenceStoreAway(MingchuError):
    """The evidence store does not answer; try again shortly."""

    code = "evidence_store_away"


class EvidenceDamaged(MingchuError):
    """An evidence file no longer has the sha256 under which it was stored."""

    code = "evidence_damaged"


def error_classes() -> list[type[MingchuError]]:
    """Return every error class, for the test that checks that each code is mapped."""
    found: list[type[MingchuError]] = []
    todo: list[type[MingchuError]] = [MingchuError]
    while todo:
        cls = todo.pop()
        found.append(cls)
        todo.extend(cls.__subclasses__())
    return found
