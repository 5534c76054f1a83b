"""`mingchu backup` and `mingchu restore`."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from deploy.backup.keys import passphrase_in
from deploy.backup.shelf import Shelf, shelf_and_name
from deploy.cli.options import data_option, places_of
from models.base.jsonio import dumps

say = partial(click.echo, err=True)
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the passphrase of the keys.",
)
json_option = click.option("--json", "as_json", is_flag=True)


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@data_option
@click.option("--with-keys", is_flag=True, help="Put the keys of the data folder in, encrypted with the passphrase.")
@passphrase_option
@click.option("--keep", type=click.IntRange(min=1), help="Afterwards drop all backups there but the newest N.")
@json_option
def backup_command(
    folder: Path,
    data_dir: Path | None,
    *,
    with_keys: bool,
    passphrase_file: Path | None,
    keep: int | None,
    as_json: bool,
) -> None:
    """Back up database and evidence files into FOLDER, while the platform runs.

    Each evidence file is copied once, however many backups lie there. Exits with 1 if an evidence file that the
    database names was missing or damaged; the backup is made nevertheless.
    """
    from deploy.backup.making import Maker, database_of, evidence_of  # noqa: PLC0415 - a command loads only what it needs

    if with_keys != (passphrase_file is not None):
        raise click.UsageError("--with-keys and --passphrase-file belong together")
    places = places_of(data_dir)
    passphrase = None if passphrase_file is None else passphrase_in(passphrase_file)
    with database_of(places) as url:
        maker = Maker(url=url, files=evidence_of(places), places=places, shelf=Shelf(folder.resolve()), told=say)
        made = maker.make(passphrase=passphrase, keep=keep)
    manifest = made.manifest
    holes = [gap for gap in manifest.gaps if gap.why != "purged"]
    if as_json:
        found = manifest.model_dump(mode="json")
        click.echo(dumps({**found, "folder": str(made.folder), "copied": made.copied, "dropped": made.dropped_backups}))
    else:
        click.echo(f"{made.folder}")
        click.echo(f"database: {manifest.dump.bytes / 1e6:.1f} MB, feed up to {manifest.feed.last}")
        click.echo(f"evidence: {manifest.files} files, {manifest.files_bytes / 1e6:.1f} MB, {made.copied} of them new")
        click.echo(
            "keys: "
            + ("in it, encrypted" if manifest.keys else f"not in it; keep these apart: {_named(manifest.prints)}")
        )
        if keep is not None:
            click.echo(f"dropped: {made.dropped_backups} old backups, {made.dropped_files} files that none names")
        for gap in manifest.gaps:
            click.echo(f"  {gap.why}: evidence {gap.evidence}, file {gap.sha256}")
    if holes:
        raise click.exceptions.Exit(1)


@click.command("restore")
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
@data_option
@passphrase_option
@click.option("--check", is_flag=True, help="Only check every byte of the backup.")
@json_option
def restore_command(
    backup: Path, data_dir: Path | None, *, passphrase_file: Path | None, check: bool, as_json: bool
) -> None:
    """Restore BACKUP (a backup's folder, or the folder of several: then the newest) into an empty data folder.

    With MINGCHU_DATABASE_URL the database of that name there, which must be empty or absent. Everything is verified
    before it takes its place: feed, digests, evidence chain, and each evidence file that the database names.
    """
    from deploy.backup.checking import check_backup  # noqa: PLC0415 - a command loads only what it needs
    from deploy.backup.restoring import Restorer  # noqa: PLC0415 - a command loads only what it needs

    shelf, name = shelf_and_name(backup)
    if check:
        manifest = check_backup(shelf, name)
        click.echo(dumps(manifest.model_dump(mode="json")) if as_json else f"{name} is whole: {manifest.files} files")
        return
    passphrase = None if passphrase_file is None else passphrase_in(passphrase_file)
    restored = Restorer(shelf=shelf, name=name, places=places_of(data_dir), told=say).restore(passphrase=passphrase)
    if as_json:
        manifest_body = restored.manifest.model_dump(mode="json")
        click.echo(dumps({**{k: v for k, v in asdict(restored).items() if k != "manifest"}, "manifest": manifest_body}))
    else:
        feed = restored.manifest.feed
        click.echo(
            f"restored {name}: feed up to {feed.last} with {feed.events} events, {restored.files} evidence files"
        )
        click.echo(f"schema: revision {restored.revision}, backed up at {restored.manifest.revision}")
        for line in [*restored.gaps, *restored.broken]:
            click.echo(f"  {line}")
        if restored.lost_secrets:
            click.echo(f"no key decrypts {restored.lost_secrets} secrets: put back {_named(restored.manifest.prints)}")
        click.echo("start it with `mingchu up`; readers of the feed go on, those who had read more are told (410)")
    if restored.broken:
        raise click.exceptions.Exit(1)


def _named(prints: dict[str, str]) -> str:
    return ", ".join(f"{name} (sha256 {text}…)" for name, text in sorted(prints.items())) or "none"


COMMANDS = (backup_command, restore_command)
