"""Commands that list the catalogue of codes, show effective values, and begin and end overrides."""

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from alerts.catalogue import overriding
from alerts.catalogue.overriding import Wish
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import OPERATOR, choices, store_of, writing
from models.base.clock import SystemClock, parse_rfc3339
from models.base.errors import Invalid, NotFound
from models.base.hours import parse_hours
from models.base.jsonio import dumps
from models.catalogue.codes import (
    SENSOR_CODES,
    VIOLATION_CODES,
    Entry,
    code_basis_text,
    require_entry,
    version_of,
)
from models.catalogue.overrides import LIMIT, Changes, Override, Spot, names_of
from models.catalogue.resolving import Effective, Origin, as_shipped, plain, resolve, value_of
from models.catalogue.tables import MARKER, tables
from models.catalogue.terms import Severity, label
from models.catalogue.words import is_law, value_label, value_text
from models.store import Read, catalogue, devices, registry
from models.store.catalogue import LogLine

SHOWN = 20
"""Maximum number of overrides, and of history lines, that `show` prints."""


@click.group("code")
def code_group() -> None:
    """Manage codes of violations and sensors: severity, deadline, limits and their overrides."""


@code_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print the tables of docs/CATALOGUE.md.")
@click.option(
    "--write",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="With --markdown: replace the tables in this file instead of printing them.",
)
def code_list(*, as_json: bool, markdown: bool, write: Path | None) -> None:
    """List the catalogue that this release ships."""
    entries: list[Entry] = [*VIOLATION_CODES.values(), *SENSOR_CODES.values()]
    if markdown:
        _markdown(write)
    elif as_json:
        click.echo(dumps([_shown(as_shipped(entry)) for entry in entries]))
    else:
        for entry in entries:
            found = as_shipped(entry)
            severity, deadline = (value_text(entry, name, value_of(found, name)) for name in ("severity", "deadline"))
            click.echo(
                f"{entry.code:22}{_wide(entry.label, 26)}{_wide(severity, 6)}{_wide(deadline, 9)}"
                f"{code_basis_text(entry.code)}"
            )


def _markdown(write: Path | None) -> None:
    if write is None:
        click.echo(tables())
        return
    text = write.read_text(encoding="utf-8")
    parts = text.split(MARKER)
    if len(parts) != 3:  # noqa: PLR2004 - before, between and after the two markers
        raise Invalid(f"{write}: expected two lines {MARKER!r} around the tables")
    write.write_text(f"{parts[0]}{MARKER}\n{tables()}\n{MARKER}{parts[2]}", encoding="utf-8")
    click.echo(f"{write} is up to date")


def _wide(text: str, width: int) -> str:
    """Return the text padded to a width in terminal columns; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
    return text + " " * max(1, width - taken)


@code_group.command("show")
@data_option
@click.argument("code")
@click.option("--device", "device_id", default=None, help="Values for this device.")
@click.option("--entity", "entity_id", type=click.UUID, default=None, help="Values for this enterprise.")
@click.option("--region", default=None, help="Values for this region; needs --tenant.")
@click.option("--tenant", default=None, help="Values for this tenant.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def code_show(
    data_dir: Path | None,
    code: str,
    device_id: str | None,
    entity_id: UUID | None,
    region: str | None,
    tenant: str | None,
    *,
    as_json: bool,
) -> None:
    """Show a code's effective values at a place and where each comes from; without a place, the catalogue's values.

    Also shows the place's current and future overrides, and the newest history of the code.
    """
    entry, at = require_entry(code), SystemClock().now()
    if device_id is None and entity_id is None and tenant is None:
        if region is not None:
            raise click.UsageError("--region needs --tenant")
        _print(as_shipped(entry), [], [], as_json=as_json)
        return
    with store_of(places_of(data_dir)) as store, store.read() as r:
        spot = _spot(r, device_id, entity_id, region, tenant)
        found: Effective[Any] = resolve(
            entry, spot=spot, overrides=catalogue.overrides_at(r, [spot], at=at, codes=[code]), at=at
        )
        known = catalogue.page(r, code=code, limit=SHOWN, at=at, living_only=True, spot=spot)
        lines = catalogue.history(r, code=code, limit=SHOWN)
    _print(found, known, lines, as_json=as_json)


def _spot(r: Read, device_id: str | None, entity_id: UUID | None, region: str | None, tenant: str | None) -> Spot:
    if device_id is not None:
        device = devices.device(r, device_id)
        if device is None:
            raise NotFound(f"no device {device_id!r}")
        return Spot.of(device.place)
    if entity_id is not None:
        entity = registry.entity(r, entity_id)
        if entity is None:
            raise NotFound(f"no enterprise {entity_id}")
        return Spot(tenant_id=entity.tenant_id, region_code=entity.region_code, entity_id=entity.id)
    return Spot(tenant_id=tenant or "", region_code=region)


def _print(found: Effective[Any], known: list[Override], lines: list[LogLine], *, as_json: bool) -> None:
    if as_json:
        overrides = [
            {"id": str(one.id), "level": one.level, "changes": one.changes, "reason": one.reason} for one in known
        ]
        history = [
            {
                "at": line.at.isoformat(),
                "actor": line.actor,
                "action": line.action,
                "before": line.before,
                "after": line.after,
                "reason": line.reason,
            }
            for line in lines
        ]
        click.echo(dumps({**_shown(found), "overrides": overrides, "history": history}))
        return
    entry: Entry = found.base
    click.echo(f"{entry.code} {entry.label}  {code_basis_text(entry.code)}")
    for name in names_of(entry):
        text = value_text(entry, name, value_of(found, name))
        law = " (law)" if is_law(entry, name) else ""
        click.echo(f"  {name:18}{_wide(text, 16)}{_origin(found.origins[name])}{law}  {value_label(entry, name)}")
    for one in known:
        until = "until it is ended" if one.valid_until is None else f"until {one.valid_until:%Y-%m-%d %H:%M} UTC"
        click.echo(f"override {one.id} of {one.place} by {one.actor}, {until}: {dumps(one.changes)}; {one.reason}")
    for line in lines:
        change = f"{dumps(line.before)} -> {dumps(line.after)}"
        click.echo(
            f"{line.at:%Y-%m-%d %H:%M} UTC {line.actor} {line.action} {line.override_id}: {change}; {line.reason}"
        )


def _origin(origin: Origin) -> str:
    override = origin.override
    if override is None:
        return f"catalogue {origin.version}"
    older = f", newest of {origin.older + 1}" if origin.older else ""
    return f"{override.level} override {override.id} by {override.actor}{older}: {override.reason}"


def _shown(found: Effective[Any]) -> dict[str, Any]:
    entry: Entry = found.base
    return {
        "code": entry.code,
        "label": entry.label,
        "basis": entry.basis,
        "version": version_of(entry),
        "values": {
            name: {
                "value": plain(value_of(found, name)),
                "level": origin.level or "catalogue",
                "override_id": None if origin.override is None else str(origin.override.id),
                "law": is_law(entry, name),
            }
            for name, origin in found.origins.items()
        },
    }


@code_group.command("override")
@data_option
@click.argument("code")
@click.option("--tenant", default=None, help="Place: the whole tenant, or with --region one of its regions.")
@click.option("--region", default=None, help="Place: a region code or its prefix.")
@click.option("--entity", "entity_id", type=click.UUID, default=None, help="Place: an enterprise.")
@click.option("--device", "device_id", default=None, help="Place: a camera or sensor.")
@click.option("--severity", type=choices(Severity), default=None)
@click.option("--deadline", type=click.FloatRange(min=0, min_open=True), default=None, help="Hours.")
@click.option("--warn", type=float, default=None, help="The limit named warn.")
@click.option("--alarm", type=float, default=None, help="The limit named alarm.")
@click.option(
    "--limit", "limits", multiple=True, metavar="NAME=VALUE", help="Any limit, as `mingchu code show` names it."
)
@click.option("--plausible", nargs=2, type=float, default=None, help="Lowest and highest plausible value.")
@click.option("--report-every", type=float, default=None, help="Expected seconds between reports.")
@click.option("--hours", default=None, help="Local hours in which the violation is detected, as 06:00-20:00.")
@click.option("--min-score", type=float, default=None, help="A violation with a lower score raises no alert.")
@click.option(
    "--ignored-area",
    nargs=4,
    type=click.FloatRange(0, 1),
    default=None,
    help="Left, top, width and height of a part of the picture (0–1) that raises no alert; with --device.",
)
@click.option(
    "--off/--on", "off", default=None, help="Switch the code off, or on again where a wider place switched it off."
)
@click.option("--reason", required=True, help="Reason; stored in the history.")
@click.option("--from", "valid_from", default=None, help="Start time (RFC 3339); default: now.")
@click.option("--until", "valid_until", default=None, help="End time (RFC 3339); default: until someone ends it.")
def code_override(data_dir: Path | None, code: str, *, off: bool | None, **given: Any) -> None:  # noqa: ANN401 - options
    """Override values of a code at one place."""
    entry = require_entry(code)
    changes = Changes(
        watched=None if off is None else not off,
        severity=None if given["severity"] is None else Severity(given["severity"]),
        deadline=None if given["deadline"] is None else timedelta(hours=given["deadline"]),
        hours=_hours(given["hours"]),
        limits=_limits(given),
        plausible=given["plausible"],
        report_every=None if given["report_every"] is None else timedelta(seconds=given["report_every"]),
        min_score=given["min_score"],
        ignored_area=given["ignored_area"],
    )
    with writing(places_of(data_dir)) as w:
        spot = _spot(w, given["device_id"], given["entity_id"], given["region"], given["tenant"])
        if not spot.tenant_id:
            raise click.UsageError("name a place: --device, --entity, or --tenant with or without --region")
        wish = Wish(
            code=entry.code,
            tenant_id=spot.tenant_id,
            changes=changes,
            reason=given["reason"],
            region_code=given["region"],
            entity_id=given["entity_id"],
            device_id=given["device_id"],
            valid_from=_moment(given["valid_from"]),
            valid_until=_moment(given["valid_until"]),
        )
        override = overriding.begin(w, wish, by=OPERATOR, at=SystemClock().now())
    click.echo(str(override.id))
    click.echo(f"{label(override.level)} {override.place}: {dumps(override.changes)}", err=True)


def _limits(given: dict[str, Any]) -> dict[str, float]:
    found = {name: given[name] for name in ("warn", "alarm") if given[name] is not None}
    for text in given["limits"]:
        name, _, value = text.partition("=")
        try:
            found[name.removeprefix(LIMIT)] = float(value)
        except ValueError:
            raise click.UsageError(f"--limit {text!r}: expected NAME=VALUE, as warn_low=-1") from None
    return found


def _hours(text: str | None) -> Any:  # noqa: ANN401 - two times of day
    if text is None:
        return None
    first, last = parse_hours(text)
    if first is None or last is None:
        raise click.UsageError("--hours: expected a span of local time, as 06:00-20:00")
    return first, last


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_rfc3339(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.UsageError(f"{text!r}: expected a time like 2026-09-01T08:00:00+08:00") from None


@code_group.command("end")
@data_option
@click.argument("override_id", type=click.UUID)
@click.option("--reason", required=True, help="Reason; stored in the history.")
def code_end(data_dir: Path | None, override_id: UUID, reason: str) -> None:
    """End an override now; the next less specific value applies."""
    with writing(places_of(data_dir)) as w:
        known = catalogue.override(w, override_id)
        if known is None:
            raise NotFound(f"no override {override_id}")
        ended = overriding.end(
            w, override_id, code=known.code, reason=reason, by=OPERATOR, within=None, at=SystemClock().now()
        )
    click.echo(f"override {ended.id} of {ended.code} has ended")


COMMANDS = (code_group,)
