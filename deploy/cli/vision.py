"""`mingchu vision`: the role that detects violations, and the replay of a clip under other rules."""

from pathlib import Path

import click

from deploy.cli.options import data_option, engine_option, places_of, precision_option, weights_option
from deploy.cli.roles import begin, login_of, replica_option
from models.catalogue.terms import Zone
from models.catalogue.weights import EngineName, Precision
from models.evidence.opening import open_evidence
from models.store import Store
from models.store.following import CHANNEL as REGISTRY
from models.store.listen import Listener
from models.store.sharing import FROZEN_S


@click.group("vision", invoke_without_command=True)
@click.pass_context
@replica_option
@data_option
@click.option("--tenant", default=None, help="Judge this tenant's sites only; replicas divide the sites.")
@click.option("--rules", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your rules file.")
@click.option("--threads", default=0, help="Inference threads; 0 = let the engine choose.")
@click.option("--gate/--no-gate", default=True, help="Skip the detector where nothing moved.")
@engine_option
@precision_option
@weights_option
def vision_command(
    context: click.Context,
    replica: str,
    data_dir: Path | None,
    tenant: str | None,
    rules: Path | None,
    threads: int,
    engine: EngineName,
    precision: Precision | None,
    weights: Path | None,
    *,
    gate: bool,
) -> None:
    """Detect violations in frames; with the subcommand, in a clip.

    At its first start on a machine it measures which precision is fastest there and stores the result in the
    folder `cache` of the data folder.
    """
    if context.invoked_subcommand is not None:
        return
    from vision import role  # noqa: PLC0415 - a role loads only what it needs
    from vision.judging.rules import RuleSet, load_rules  # noqa: PLC0415 - a role loads only what it needs
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - a role loads only what it needs

    def rules_of(path: Path) -> RuleSet:
        return load_rules(path, classes=(shipped() if weights is None else load(weights)).classes)

    settings, stop = begin("vision")
    options = role.VisionOptions(
        tenant=tenant,
        rules=None if rules is None else rules_of(rules),
        threads=threads,
        gate=gate,
        cache=places_of(data_dir).data_dir / "cache",
        engine=engine,
        precision=precision,
        weights=weights,
    )
    with (
        Store(settings.database_url, size=8, idle_s=FROZEN_S, pooled=settings.database_pooled) as store,
        Listener(settings.direct_url, (REGISTRY,)) as listener,
    ):
        files = open_evidence(settings)
        role.run(store, files, login_of(settings, replica=replica), options, stop=stop, listener=listener)


@vision_command.command("replay")
@click.argument("clip", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--rules",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rules files to compare; none = the shipped rules.",
)
@click.option("--zone", type=click.Choice([zone.value for zone in Zone]), default="cooking", show_default=True)
@click.option(
    "--fps",
    type=click.FloatRange(0, 30, min_open=True),
    default=1.0,
    show_default=True,
    help="Frames evaluated per second of the clip.",
)
@click.option("--closed", is_flag=True, help="Apply the rules of closing hours (rodents).")
@weights_option
def replay_command(
    clip: Path, paths: tuple[Path, ...], zone: str, fps: float, weights: Path | None, *, closed: bool
) -> None:
    """Show which violations each rules file finds in a clip (video or folder of pictures)."""
    from vision.engines.openvino import OpenVinoEngine  # noqa: PLC0415 - heavy, for this command only
    from vision.evaluation.replay import replay  # noqa: PLC0415 - heavy, for this command only
    from vision.judging.rules import default_rules, load_rules  # noqa: PLC0415 - heavy, for this command only
    from vision.rounds.opening import open_looked_over  # noqa: PLC0415 - heavy, for this command only
    from vision.weights.shipped import load, shipped  # noqa: PLC0415 - heavy, for this command only

    entry = shipped() if weights is None else load(weights)
    rule_sets = [load_rules(path, classes=entry.classes) for path in paths] or [default_rules()]
    detector = open_looked_over(entry, OpenVinoEngine(entry))
    results = replay(clip, detector, rule_sets, zone=Zone(zone), fps=fps, closed=closed)
    for rules, found in zip(rule_sets, results, strict=True):
        click.echo(f"rules {rules.version}: {len(found)} violations")
        for v in found:
            ended = "to the end" if v.ended_s is None else f"to {v.ended_s:.1f} s"
            when = f"from {v.started_s:.1f} s {ended}, opened at {v.opened_s:.1f} s"
            click.echo(f"  {v.rule:16} {when}, score {v.score:.2f}")


COMMANDS = (vision_command,)
