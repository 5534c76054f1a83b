"""Errors of the domain: each class has a stable `code`; its docstring is its default message.

No HTTP in here: `api` maps a code to problem+json, and a test demands that every code is mapped.
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


class Conflict(MingchuError):
    """This exists already."""

    code = "conflict"


class PictureRefused(Invalid):
    """A picture or film that can't be taken."""

    code = "picture_refused"


class NoPicture(PictureRefused):
    """This is no picture, or of a kind that is not taken."""

    code = "no_picture"


class PictureBroken(PictureRefused):
    """The picture is broken: it can't be decoded."""

    code = "picture_broken"


class PictureTruncated(PictureRefused):
    """The picture is cut off: its end is missing. Send it again, whole."""

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
    """The film shows another time than the one that was asked for."""

    code = "picture_other_time"


class PictureUsed(Conflict):
    """This file is proof somewhere else already."""

    code = "picture_used"


class NotFound(MingchuError):
    """There is no such thing, or it is outside what you may see."""

    code = "not_found"


class StaleVersion(MingchuError):
    """Somebody changed this since you read it; read it again."""

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


class RateLimited(MingchuError):
    """Too many tries; wait and try again."""

    code = "rate_limited"

    def __init__(self, message: str | None = None, *, again_s: float = 30) -> None:
        super().__init__(message)
        self.again_s = again_s


class AccountablePersonMissing(MingchuError):
    """No accountable person (责任人) is registered for this enterprise; register one, then confirm again."""

    code = "accountable_person_missing"


class InProgress(MingchuError):
    """A request with this Idempotency-Key is in progress; wait for its answer."""

    code = "in_progress"


class NotReady(MingchuError):
    """This is being made; ask again in a few seconds."""

    code = "not_ready"


class CopyFailed(NotFound):
    """This copy can't be made."""

    code = "copy_failed"


class CopyOverdue(MingchuError):
    """This copy has been waiting for too long: nobody makes it. Is the judge (`mingchu vision`) running?"""

    code = "copy_overdue"


class CursorExpired(MingchuError):
    """The cursor is older than what the feed keeps; start from the snapshot at `snapshot`, or at `earliest_cursor`."""

    code = "cursor_expired"

    def __init__(self, earliest: int) -> None:
        super().__init__()
        self.earliest = earliest


class FeedRestored(CursorExpired):
    """The database was restored to an earlier state; what followed is lost. Start from the snapshot at `snapshot`."""

    code = "feed_restored"


class CursorFromFuture(MingchuError):
    """The cursor is beyond the newest event; expected one that this feed handed out.

    If this feed did, its database was put back to an earlier state.
    """

    code = "cursor_from_future"


class StoreUnavailable(MingchuError):
    """The database does not answer; try again shortly."""

    code = "store_unavailable"


class SchemaNewer(MingchuError):
    """The database was made by a newer mingchu; update the program, or restore a backup of before its update."""

    code = "schema_newer"


class SchemaOlder(MingchuError):
    """The database has an older schema than this program; run `mingchu migrate`."""

    code = "schema_older"


class DiskFull(MingchuError):
    """The disk is full; free some room, or put the data folder on a larger disk."""

    code = "disk_full"


class StoreRefused(MingchuError):
    """The database does not take this: a value that it can't hold, or one that breaks a rule of the schema."""

    code = "store_refused"


class WeightsRefused(MingchuError):
    """The model's weights do not match the catalogue."""

    code = "weights_refused"


class EvidenceStoreAway(MingchuError):
    """The evidence store does not answer; try again shortly."""

    code = "evidence_store_away"


class EvidenceDamaged(MingchuError):
    """An evidence file does not have the sha256 it was stored under."""

    code = "evidence_damaged"


def error_classes() -> list[type[MingchuError]]:
    """Every error class, for the test that wants each code mapped."""
    found: list[type[MingchuError]] = []
    todo: list[type[MingchuError]] = [MingchuError]
    while todo:
        cls = todo.pop()
        found.append(cls)
        todo.extend(cls.__subclasses__())
    return found
