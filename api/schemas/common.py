"""Parts that all schemas share: text, pages, problems.

Output fields have no defaults, so forgetting one is an error.
"""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

T = TypeVar("T")


def no_nul(text: str) -> str:
    """Refuse text that PostgreSQL can't hold."""
    if "\x00" in text:
        raise ValueError("expected text without NUL")
    return text


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Text = Annotated[str, Field(max_length=2000), AfterValidator(no_nul)]


class Out(BaseModel):
    """A response body, or a part of one."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """A request body, or a part of one; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WrongField(BaseModel):
    """The place of a mistake in a request, and what the API expected there."""

    where: str
    expected: str


class ProblemOut(BaseModel):
    """An error as a problem document (RFC 9457). `code` is stable; `detail` is text for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Precondition Failed",
                "status": 412,
                "code": "stale_version",
                "detail": "the alert has revision 3; your verdict is on revision 2",
            }
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[WrongField] | None = None
    earliest_cursor: int | None = None
    snapshot: str | None = None


class Page(BaseModel, Generic[T]):
    """A page of a list. Send `next_cursor` as `cursor` to read the next page."""

    data: list[T]
    next_cursor: str | None
    has_more: bool
