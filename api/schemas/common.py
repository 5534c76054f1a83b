"""What all of it shares: text, pages, problems.

Output fields have no defaults: a forgotten one is an error, not a silence.
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
    """Something the API says."""

    model_config = ConfigDict(from_attributes=True)


class In(BaseModel):
    """Something the API takes; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class WrongField(BaseModel):
    """Where a request was wrong and what was expected there."""

    where: str
    expected: str


class ProblemOut(BaseModel):
    """Every error (RFC 9457). `code` is stable; `detail` is for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Precondition Failed",
                "status": 412,
                "code": "stale_version",
                "detail": "alert has revision 3, you judged revision 2",
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
    """A page: pass `next_cursor` as `cursor` for the next one."""

    data: list[T]
    next_cursor: str | None
    has_more: bool
