"""The `mingchu` command. Each module here holds commands of one kind; this module assembles them."""

import sys

import click

from deploy.cli import (
    access,
    accounts,
    agent,
    backup,
    bench,
    calendar,
    codes,
    demo,
    duties,
    evidence,
    exchange,
    feed,
    index,
    model,
    partitions,
    registry,
    roles,
    secrets,
    stack,
    tenants,
    tls,
    vision,
)
from deploy.embedded.errors import EmbeddedError
from models.base.errors import MingchuError
from models.base.logs import configure_logs


class Commands(click.Group):
    """A command group that prints a MingchuError or EmbeddedError as one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; print an error of the domain or of the stack as "message [code]" and exit with 1."""
        try:
            return super().invoke(ctx)
        except (MingchuError, EmbeddedError) as error:
            raise click.ClickException(f"{error} [{error.code}]") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mingchu")
def main() -> None:
    """明厨: kitchens over MQTT → violations → review → rectification → feed."""
    configure_logs(role="mingchu")  # to standard error; standard output holds the command's result only


for module in (
    stack,
    demo,
    roles,
    partitions,
    accounts,
    vision,
    registry,
    codes,
    calendar,
    access,
    tenants,
    secrets,
    tls,
    evidence,
    backup,
    exchange,
    feed,
    index,
    duties,
    agent,
    model,
    bench,
):
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
