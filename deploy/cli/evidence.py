"""`mingchu evidence`: compare database and store, verify every file, place and release legal holds."""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from models.base.errors import EvidenceDamaged, NotFound
from models.base.jsonio import dumps
from models.base.settings import PlatformSettings
from models.evidence import verifier
from models.evidence.opening import open_evidence
from models.store import Store, retention, sealing


@click.group("evidence")
def evidence_group() -> None:
    """Check the evidence store; MINGCHU_DATABASE_URL and MINGCHU_EVIDENCE_DIR name it."""


@evidence_group.command("export")
@click.argument("task", type=click.UUID)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--by", required=True, help="Who exports; each file is logged as seen by them.")
def export_command(task: UUID, out: Path, by: str) -> None:
    """Write the bundle of a task: pictures, clip, records, proofs and trail, with the program that checks it."""
    from alerts.evidence.bundle import export_task  # noqa: PLC0415 - a command loads only what it needs

    settings = PlatformSettings.read()
    files = open_evidence(settings)
    with Store(settings.direct_url) as store, store.write() as w:
        bundle = export_task(w, task, read_file=files.get, by=by, at=datetime.now(UTC))
    out.write_bytes(bundle)
    click.echo(f"{out}: {len(bundle) / 1e6:.1f} MB, sha256 {hashlib.sha256(bundle).hexdigest()}")


@evidence_group.command("chain")
@click.option("--json", "as_json", is_flag=True)
def chain_command(*, as_json: bool) -> None:
    """Check the chain of evidence records in the database; print the broken links and exit with 1 if there are any."""
    from alerts.evidence.sealing import breaks  # noqa: PLC0415 - a command loads only what it needs

    with Store(PlatformSettings.read().direct_url) as store, store.read() as r:
        tenants = sealing.tenants(r)
        broken = [{"tenant": tenant, "broken": said} for tenant in tenants for said in breaks(r, tenant_id=tenant)]
        ends = {tenant: end.seq for tenant in tenants if (end := sealing.end_of_chain(r, tenant)) is not None}
        waiting = sealing.unsealed_total(r)
    if as_json:
        click.echo(dumps({"records": ends, "waiting": waiting, "broken": broken}))
    else:
        for entry in broken:
            click.echo(f"BROKEN  {entry['tenant']}: {entry['broken']}")
        click.echo(f"{sum(ends.values())} records, {waiting} wait to be sealed, {len(broken)} broken")
    if broken:
        raise click.exceptions.Exit(1)


@evidence_group.command("verify")
@click.argument("bundle", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def verify_command(bundle: Path | None, *, as_json: bool) -> None:
    """Check a BUNDLE, or without one every file that the database references; exit with 1 if one is missing or changed.

    A bundle is checked offline, as `python verify.py BUNDLE` does with the program inside it.
    """
    if bundle is not None:
        raise click.exceptions.Exit(verifier.main([str(bundle)]))
    settings = PlatformSettings.read()
    files = open_evidence(settings)
    checked, bad = 0, []
    with Store(settings.direct_url) as store:
        after = ""
        while True:
            with store.read() as r:
                page = retention.wanted_files(r, after=after, limit=200)
            with click.progressbar(page, label=f"from {after[:8] or 'the first'}", file=sys.stderr) as bar:
                for wanted in bar:
                    checked += 1
                    try:
                        files.get(wanted.sha256)
                    except (NotFound, EvidenceDamaged) as error:
                        bad.append({"evidence": wanted.whose, "sha256": wanted.sha256, "error": error.code})
            if len(page) < 200:  # noqa: PLR2004 - the page's own size
                break
            after = page[-1].sha256
    if as_json:
        click.echo(dumps({"checked": checked, "bad": bad}))
    else:
        for entry in bad:
            click.echo(f"{entry['error']}: evidence {entry['evidence']}, file {entry['sha256']}")
        click.echo(f"{checked} files checked, {len(bad)} bad")
    if bad:
        raise click.exceptions.Exit(1)


@evidence_group.command("reconcile")
@click.option(
    "--delete-orphans", is_flag=True, help="Delete files that nothing references and that are older than an hour."
)
@click.option("--json", "as_json", is_flag=True)
def reconcile_command(*, delete_orphans: bool, as_json: bool) -> None:
    """List files that the database references and the store lacks, and files that nothing references."""
    from alerts.evidence.retention import compare, drop_orphans  # noqa: PLC0415 - a command loads only what it needs

    settings = PlatformSettings.read()
    files = open_evidence(settings)
    with Store(settings.direct_url) as store:
        report = compare(store, files, at=datetime.now(UTC))
        deleted = drop_orphans(store, files, report) if delete_orphans else 0
    found = {
        "files": report.files,
        "bytes": report.bytes,
        "missing": report.missing,
        "damaged": report.damaged,
        "orphans": len(report.orphans),
        "deleted": deleted,
    }
    if as_json:
        click.echo(dumps(found))
    else:
        click.echo(f"{report.files} files, {report.bytes / 1e6:.1f} MB")
        click.echo(
            f"{len(report.missing)} missing, {len(report.damaged)} of another size, {len(report.orphans)} orphans"
        )
        for evidence in [*report.missing, *report.damaged]:
            click.echo(f"  evidence {evidence}")
    if report.missing or report.damaged:
        raise click.exceptions.Exit(1)


@evidence_group.command("hold")
@click.argument("alert", type=click.UUID)
@click.option("--reason", required=True, help="Reason for the hold, for example a case number.")
@click.option("--by", required=True, help="Who places the hold.")
def hold_command(alert: UUID, reason: str, by: str) -> None:
    """Keep all evidence of an alert, whatever its age, until someone releases it (legal hold)."""
    with Store(PlatformSettings.read().direct_url) as store, store.write() as w:
        retention.hold(w, alert, reason=reason, by=by, at=datetime.now(UTC))
    click.echo(f"alert {alert} is held")


@evidence_group.command("release")
@click.argument("alert", type=click.UUID)
@click.option("--by", required=True, help="Who releases the hold.")
def release_command(alert: UUID, by: str) -> None:
    """End the legal hold of an alert."""
    with Store(PlatformSettings.read().direct_url) as store, store.write() as w:
        retention.release(w, alert, by=by, at=datetime.now(UTC))
    click.echo(f"alert {alert} is no longer held")


COMMANDS = (evidence_group,)
