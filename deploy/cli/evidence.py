"""`mingchu evidence`: compare database and store, verify every file, place and release legal holds."""

import sys
from datetime import UTC, datetime
from uuid import UUID

import click

from models.base.errors import EvidenceDamaged, NotFound
from models.base.jsonio import dumps
from models.base.settings import PlatformSettings
from models.evidence.opening import open_evidence
from models.store import Store, retention


@click.group("evidence")
def evidence_group() -> None:
    """Check the evidence store; MINGCHU_DATABASE_URL and MINGCHU_EVIDENCE_DIR name it."""


@evidence_group.command("verify")
@click.option("--json", "as_json", is_flag=True)
def verify_command(*, as_json: bool) -> None:
    """Check the sha256 of every file that the database references; exit with 1 if one is missing or changed."""
    settings = PlatformSettings.read()
    files = open_evidence(settings)
    checked, bad = 0, []
    with Store(settings.database_url) as store:
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
    with Store(settings.database_url) as store:
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
    with Store(PlatformSettings.read().database_url) as store, store.write() as w:
        retention.hold(w, alert, reason=reason, by=by, at=datetime.now(UTC))
    click.echo(f"alert {alert} is held")


@evidence_group.command("release")
@click.argument("alert", type=click.UUID)
@click.option("--by", required=True, help="Who releases the hold.")
def release_command(alert: UUID, by: str) -> None:
    """End the legal hold of an alert."""
    with Store(PlatformSettings.read().database_url) as store, store.write() as w:
        retention.release(w, alert, by=by, at=datetime.now(UTC))
    click.echo(f"alert {alert} is no longer held")


COMMANDS = (evidence_group,)
