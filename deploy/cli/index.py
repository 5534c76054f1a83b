"""`mingchu index`: compute, freeze and recompute the duty index (履责指数)."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from alerts.indices.cadres import compute_year
from alerts.indices.computing import compute_month, differences, freeze_month
from alerts.indices.evaluations import compute_evaluation
from alerts.indices.regions import compute_regions
from deploy.cli.options import data_option, places_of
from deploy.cli.registry import OPERATOR, store_of, writing
from models.base.errors import Invalid, NotFound
from models.catalogue.index_terms import IndexKind
from models.store import Read, indices

month_option = click.option("--month", default=None, help="Enterprises' and regions' month, for example 2026-11.")
year_option = click.option("--year", default=None, help="Cadres' year, for example 2026.")
tenant_option = click.option("--tenant", default=None, help="Tenant id; default: every tenant.")
_SHOWN = 20


@click.group("index")
def index_group() -> None:
    """Compute the duty index (履责指数): of enterprises and regions for a month, of cadres for a year."""


@index_group.command("compute")
@data_option
@month_option
@year_option
@tenant_option
@click.option("--correct", default="", help="Why frozen indices are computed again; they become a new version.")
def index_compute(data_dir: Path | None, month: str | None, year: str | None, tenant: str | None, correct: str) -> None:
    """Compute the indices of a month or year as drafts; doing it again replaces them."""
    period = _one_of(month, year)
    steps = {"cadres": compute_year} if month is None else {"enterprises": compute_month, "regions": compute_regions}
    with writing(places_of(data_dir)) as w:
        for one in _tenants(w, tenant):
            for whose, compute in steps.items():
                found = compute(w, one, period, by=OPERATOR, at=datetime.now(UTC), correcting=correct)
                click.echo(f"{one}  {period}: {found.all} indices of {whose}, {found.changed} new or changed")


@index_group.command("evaluate")
@data_option
@click.argument("period")
@tenant_option
@click.option("--correct", default="", help="Why a signed-off evaluation is computed again.")
def index_evaluate(data_dir: Path | None, period: str, tenant: str | None, correct: str) -> None:
    """Compute the evaluations of counties for a quarter (2026-Q4) or a year (2026) from their frozen months."""
    with writing(places_of(data_dir)) as w:
        for one in _tenants(w, tenant):
            found = compute_evaluation(w, one, period, by=OPERATOR, at=datetime.now(UTC), correcting=correct)
            click.echo(f"{one}  {period}: {found.all} evaluations of regions, {found.changed} new or changed")


@index_group.command("freeze")
@data_option
@click.option("--month", required=True, help="For example 2026-11.")
@tenant_option
def index_freeze(data_dir: Path | None, month: str, tenant: str | None) -> None:
    """Freeze the drafts of a month; from then on they are never changed. A year of cadres is signed off by API."""
    frozen = 0
    with writing(places_of(data_dir)) as w:
        for one in _tenants(w, tenant):
            for kind in (IndexKind.entity, IndexKind.region):
                count = freeze_month(w, one, month, kind=kind, by=OPERATOR, at=datetime.now(UTC))
                frozen += count
                click.echo(f"{one}  {month}: {count} frozen ({kind})")
    if not frozen:
        raise Invalid(f"month {month}: nothing to freeze; compute it first")


@index_group.command("recompute")
@data_option
@month_option
@year_option
@tenant_option
def index_recompute(data_dir: Path | None, month: str | None, year: str | None, tenant: str | None) -> None:
    """Compute stored indices again from their stored inputs; exit with 1 and name the differences if there are any."""
    with store_of(places_of(data_dir)) as store, store.read() as r:
        if recomputed(r, _one_of(month, year), tenant, say=click.echo):
            sys.exit(1)


def recomputed(r: Read, period: str, tenant: str | None, *, say: Callable[[str], object]) -> int:
    """Compare the indices of a period, and say the first differences of each tenant; return how many were said.

    Raises:
        NotFound: nothing is stored for the period, so that nothing was compared.
    """
    said = total = 0
    for one in _tenants(r, tenant):
        stored, found = 0, list[str]()
        for kind in IndexKind:
            stored += sum(1 for _ in indices.snapshots_of(r, one, kind, period))
            found += islice(differences(r, one, kind, period), _SHOWN)
        for text in found:
            say(text)
        say(f"{one}  {period}: {stored} indices, {len(found) or 'no'} differences")
        said += len(found)
        total += stored
    if not total:
        raise NotFound(f"no indices are stored for {period}")
    return said


def _one_of(month: str | None, year: str | None) -> str:
    if month is not None and year is None:
        return month
    if year is not None and month is None:
        return year
    raise Invalid("expected exactly one of --month and --year")


def _tenants(r: Read, tenant: str | None) -> list[str]:
    return indices.tenants(r) if tenant is None else [tenant]


COMMANDS = (index_group,)
