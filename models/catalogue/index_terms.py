"""The terms of the duty index (履责指数): stored values with their Chinese label; see `models.catalogue.terms`."""

from enum import StrEnum


class IndexKind(StrEnum):
    """Whose index it is: an enterprise's month, a cadre's year, a region's month."""

    entity = "entity"
    cadre = "cadre"
    region = "region"


class IndexState(StrEnum):
    """Whether an index may still be computed anew."""

    draft = "draft"
    frozen = "frozen"


class IndexBand(StrEnum):
    """The band of an index; `insufficient` if too little is known for one."""

    green = "green"
    blue = "blue"
    yellow = "yellow"
    red = "red"
    insufficient = "insufficient"
