"""The script of a simulated fleet: nodes, cameras, sensors, situations, faults. Read from JSON."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.base.errors import Invalid


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SituationScript(_Part):
    """A situation at a camera, from `start_s` to `end_s` after the fleet's start."""

    code: str
    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)


class CameraScript(_Part):
    """One camera: drawn by a seed, or played from pictures (`footage`, each shown for `hold_s`)."""

    device: str
    name: str = "camera"
    seed: int = 0
    fps: float = Field(default=1.0, ge=0.1, le=5)
    cooks: int = Field(default=2, ge=0, le=4)
    night: bool = False
    masks_worn: bool = True
    situations: list[SituationScript] = []
    footage: list[Path] = []
    hold_s: float = Field(default=0, ge=0)


class SensorSituation(_Part):
    """A value that a sensor reports for a while instead of its normal one."""

    value: float
    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)


class SensorScript(_Part):
    """One sensor: a normal value with a little noise, and its situations."""

    device: str
    code: str
    normal: float
    noise: float = 0.0
    every_s: float = Field(default=2.0, gt=0)
    situations: list[SensorSituation] = []


class Faults(_Part):
    """Faults on demand: shares of messages, and seconds."""

    gap: float = Field(default=0, ge=0, le=1)
    duplicate: float = Field(default=0, ge=0, le=1)
    late: float = Field(default=0, ge=0, le=1)
    garbage: float = Field(default=0, ge=0, le=1)
    oversize: float = Field(default=0, ge=0, le=1)
    skew_s: float = 0


class NodeScript(_Part):
    """One node with its credentials."""

    tenant: str
    site: str
    node: str
    password: str = Field(repr=False)
    cameras: list[CameraScript] = []
    sensors: list[SensorScript] = []


class FleetScript(_Part):
    """The whole script. The same seed makes the same pictures, values and faults."""

    version: Literal[1] = 1
    seed: int = 1
    duration_s: float | None = Field(
        default=None, gt=0, description="Seconds after which the fleet stops sending; None = never"
    )
    nodes: list[NodeScript]
    faults: Faults = Faults()


def load(path: Path) -> FleetScript:
    """Read a script from a file.

    Raises:
        Invalid: it can't be read or has a wrong value; the message names the place.
    """
    try:
        return FleetScript.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Invalid(f"cannot read the fleet script: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid(f"{path}, {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
