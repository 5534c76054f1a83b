"""Register enterprises, kitchens, nodes and devices."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.common import In, Out, Text

SLUG = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
SlugText = Annotated[str, Field(pattern=SLUG, description="1–64 of a–z, 0–9, '-', '_'; part of MQTT topics")]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{2,12}$", description="GB/T 2260 and its extension to villages")]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Licence = Annotated[Text | None, Field(max_length=40, description="食品经营许可证号")]
Closed = Annotated[Text, Field(max_length=40, description="closing hours, local time, as 22:00-05:00; empty: never")]


class EntityOut(Out):
    """An enterprise (经营主体)."""

    id: UUID
    name: str
    credit_code: str
    licence_no: str | None
    region_code: str
    guarantee_tier: Annotated[str | None, Field(description="包保等级, A = largest")]
    risk_grade: Annotated[str | None, Field(description="风险等级, A = lowest risk")]


class EntityIn(In):
    """Register an enterprise with its food safety officer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "鉴湖酒家",
                "credit_code": "92330602MA00TEX117",
                "region_code": "330602",
                "officer": "王建国",
            }
        },
    )

    name: Name
    credit_code: Annotated[Text, Field(max_length=18, description="统一社会信用代码")]
    licence_no: Licence = None
    region_code: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]
    officer: Annotated[Text, Field(min_length=1, max_length=50, description="食品安全员, accountable for tasks")]


class EntityChangeIn(In):
    """Change an enterprise's name and licence."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "鉴湖酒家", "licence_no": "JY23306020000016"}}
    )

    name: Name
    licence_no: Licence = None


class SiteIn(In):
    """Register a kitchen."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "jianhu",
                "entity_id": "0199a3a0-0000-7000-8000-000000000000",
                "name": "鉴湖酒家后厨",
                "closed": "22:00-05:00",
            }
        },
    )

    id: SlugText
    entity_id: UUID
    name: Name
    address: Annotated[Text, Field(max_length=200)] = ""
    closed: Closed = ""


class SiteChangeIn(In):
    """Change a kitchen's name, address and closing hours."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "鉴湖酒家后厨", "closed": "22:00-05:00"}}
    )

    name: Name
    address: Annotated[Text, Field(max_length=200)] = ""
    closed: Closed = ""


class NodeIn(In):
    """Register a node: an edge agent, a gateway, or a smart camera."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"id": "jianhu-gw", "site_id": "jianhu"}})

    id: SlugText
    site_id: SlugText


class NodeOut(Out):
    """A new node with its MQTT secret, which is not shown again. Its user name is its id.

    `authority`: the certificate (PEM) by which it checks the broker and the API; none: the public authorities.
    """

    id: str
    site_id: str
    secret: str
    broker_url: str
    authority: str | None


class DeviceIn(In):
    """Register a camera, or with `sensor_code` a sensor, behind a node."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": "jianhu-fridge",
                "node_id": "jianhu-gw",
                "zone": "storage",
                "name": "冷藏柜",
                "sensor_code": "fridge_temp",
            }
        },
    )

    id: SlugText
    node_id: SlugText
    zone: Annotated[Text, Field(max_length=40)]
    name: Name
    sensor_code: Annotated[Text | None, Field(max_length=40)] = None
    report_every_s: Annotated[float | None, Field(ge=1, le=86_400, allow_inf_nan=False)] = None


class DeviceChangeIn(In):
    """Change a camera or sensor; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "冷藏柜 2"}})

    name: Name | None = None
    zone: Annotated[Text | None, Field(max_length=40)] = None
    node_id: SlugText | None = None
    sensor_code: Annotated[Text | None, Field(max_length=40)] = None
    report_every_s: Annotated[float | None, Field(ge=1, le=86_400, allow_inf_nan=False)] = None


class RegionNameIn(In):
    """Name a region."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"code": "330602", "name": "越城区"}})

    code: RegionCode
    name: Name
