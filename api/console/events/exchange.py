"""The exchange of data sets on the page 数据对接: what can be downloaded, and which files were applied."""

from dataclasses import dataclass

from api.console.shell.words import moment
from models.catalogue.exchange_terms import DataSet, LineResult
from models.catalogue.terms import label
from models.domain.exchange import ExchangeRun
from models.store import Read, exchange

SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLine:
    """A data set that can be downloaded and uploaded."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """An applied file."""

    at: str
    what: str
    file_name: str
    reason: str
    counts: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanges:
    """The data sets, and the newest applied files."""

    sets: tuple[SetLine, ...]
    runs: tuple[RunLine, ...]


def load_exchange(r: Read) -> Exchanges:
    """Load the newest applied files that the caller may see."""
    return Exchanges(
        sets=tuple(SetLine(name=one.value, label=label(one)) for one in DataSet),
        runs=tuple(_run(one) for one in exchange.runs(r, before=None, limit=SHOWN)),
    )


def _run(run: ExchangeRun) -> RunLine:
    counts = [f"{label(result)} {run.counts[result]}" for result in LineResult if run.counts.get(result)]
    return RunLine(
        at=moment(run.at),
        what=label(run.data_set),
        file_name=run.file_name,
        reason=run.reason,
        counts=" · ".join(counts),
        by=run.by,
    )
