"""`mingchu index`: compute, freeze and recompute the duty index (履责指数)."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from alerts.indices.computing import compute_month, differences, freeze_month
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import OPERATOR, store_of, writing
from models.catalogue.index_terms import IndexKind
from models.store import Read, indices

month_option = click.option("--month", required=True, help="For example 2026-11.")
tenant_option = click.option("--tenant", default=None, help="Tenant id; default: every tenant.")
_SHOWN = 20


@click.group("index")
def index_group() -> None:
    """Compute the duty index (履责指数) of enterprises for a month."""


@index_group.command("compute")
@data_option
@month_option
@tenant_option
@click.option("--correct", default="", help="Why frozen indices are computed again; they become a new version.")
def index_compute(data_dir: Path | None, month: str, tenant: str | None, correct: str) -> None:
    """Compute the indices of a month as drafts; doing it again replaces them."""
    with writing(places_of(data_dir)) as w:
        for one in _tenants(w, tenant):
            found = compute_month(w, one, month, by=OPERATOR, at=datetime.now(UTC), correcting=correct)
            click.echo(f"{one}  {month}: {found.all} indices, {found.changed} new or changed")


@index_group.command("freeze")
@data_option
@month_option
@tenant_option
def index_freeze(data_dir: Path | None, month: str, tenant: str | None) -> None:
    """Freeze the drafts of a month; from then on they are never changed."""
    with writing(places_of(data_dir)) as w:
        for one in _tenants(w, tenant):
            click.echo(f"{one}  {month}: {freeze_month(w, one, month, by=OPERATOR, at=datetime.now(UTC))} frozen")


@index_group.command("recompute")
@data_option
@month_option
@tenant_option
def index_recompute(data_dir: Path | None, month: str, tenant: str | None) -> None:
    """Compute stored indices again from their stored inputs; exit with 1 and name the differences if there are any."""
    with store_of(places_of(data_dir)) as store, store.read() as r:
        if recomputed(r, month, tenant, say=click.echo):
            sys.exit(1)


def recomputed(r: Read, month: str, tenant: str | None, *, say: Callable[[str], object]) -> int:
    """Compare the indices of a month, and say the first differences of each tenant; return how many were said."""
    said = 0
    for one in _tenants(r, tenant):
        found = list(islice(differences(r, one, IndexKind.entity, month), _SHOWN))
        for text in found:
            say(text)
        stored = sum(1 for _ in indices.snapshots_of(r, one, IndexKind.entity, month))
        say(f"{one}  {month}: {stored} indices, {len(found) or 'no'} differences")
        said += len(found)
    return said


def _tenants(r: Read, tenant: str | None) -> list[str]:
    return indices.tenants(r) if tenant is None else [tenant]


COMMANDS = (index_group,)
