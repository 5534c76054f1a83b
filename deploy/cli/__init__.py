"""The `mingchu` command. Each module here holds commands of one kind; this one puts them together."""

import sys

import click

from deploy.cli import access, agent, bench, codes, demo, evidence, feed, model, registry, roles, stack, vision
from deploy.embedded.errors import EmbeddedError
from models.base.errors import MingchuError
from models.base.logs import configure_logs


class Commands(click.Group):
    """A group that shows our own errors as one plain line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of the domain or of the stack ends it with its message."""
        try:
            return super().invoke(ctx)
        except (MingchuError, EmbeddedError) as error:
            raise click.ClickException(f"{error} [{error.code}]") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mingchu")
def main() -> None:
    """明厨: kitchens over MQTT → violations → review → rectification → feed."""
    configure_logs(role="mingchu")  # to standard error: what a command prints is its answer alone


for module in (stack, demo, roles, vision, registry, codes, access, evidence, feed, agent, model, bench):
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
