"""`mingchu tls`: an authority of our own for the certificates of the console and the broker."""

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.cli.options import data_option, places_of
from deploy.tls import Issued, TlsFiles, ensure, issued


@click.group("tls")
def tls_group() -> None:
    """Certificates for `mingchu up --tls`, or for a broker and API of yours."""


@tls_group.command("make")
@data_option
@click.argument("names", nargs=-1, required=True)
def make_command(data_dir: Path | None, names: tuple[str, ...]) -> None:
    """Make a certificate for these NAMES and addresses of the machine; the first time an authority, too."""
    files = TlsFiles(places_of(data_dir).tls)
    _tell(files, ensure(files, names, at=datetime.now(UTC)))


@tls_group.command("show")
@data_option
def show_command(data_dir: Path | None) -> None:
    """Print which names the certificate has and until when it holds."""
    files = TlsFiles(places_of(data_dir).tls)
    found = issued(files)
    if found is None:
        raise click.ClickException(f"no certificate in {files.folder}: make one with `mingchu tls make NAME`")
    _tell(files, found)


def _tell(files: TlsFiles, found: Issued) -> None:
    click.echo(f"certificate  {files.certificate} until {found.until:%Y-%m-%d}{' (new)' if found.is_new else ''}")
    click.echo(f"names        {', '.join(found.names)}")
    click.echo(f"to trust     {files.authority}: on nodes and in browsers")


COMMANDS = (tls_group,)
