"""The terms of the exchange of data sets (数据交换): stored values with their Chinese label."""

from enum import StrEnum


class DataSet(StrEnum):
    """One of the three national data sets (主体、干部、督导)."""

    entities = "entities"
    cadres = "cadres"
    supervision = "supervision"


class StaffRegister(StrEnum):
    """A register of the two posts (两员台账): who has director and officer, who an officer alone, who lacks one."""

    both = "both"
    officer = "officer"
    incomplete = "incomplete"


class LineResult(StrEnum):
    """How a line of a file compares with the registry."""

    new = "new"
    changed = "changed"
    same = "same"
    unknown = "unknown"
    """It refers to something that is not registered, or not where the caller may see it."""
    invalid = "invalid"
