"""What becomes of stored inputs: one function computes an index and recomputes it, for every kind. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

from alerts.indices.formula import Inputs, band_of, capped_by, evaluate
from alerts.indices.formula_files import Formula
from models.catalogue.index_terms import IndexBand, IndexKind
from models.domain.indices import Snapshot
from models.evidence.verifier import record_hash

WEAK = 60
"""A quarter below this keeps a cadre from the best band (domain.md 4.6: not 优秀)."""
_EXACT = Context(prec=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An index as it is stored: score, band, what they are made of, and the SHA-256 of formula, inputs and result."""

    score: Decimal | None
    band: IndexBand
    result: dict[str, Any]
    digest: str


def outcome(used: Formula, inputs: Mapping[str, Any]) -> Outcome:
    """Return the index of stored inputs.

    Raises:
        Invalid: a count is negative, or a ratio has k > n.
    """
    if used.kind is IndexKind.cadre:
        result = _year(used, inputs)
    elif "months" in inputs:
        result = _mean(used, inputs)
    else:
        result = evaluate(used, Inputs.of_json(inputs)).as_json()
    return Outcome(
        score=None if result["score"] is None else Decimal(result["score"]),
        band=IndexBand(result["band"]),
        result=result,
        digest=record_hash({"formula": used.version, "inputs": dict(inputs), "result": result}),
    )


def year_inputs(quarters: Mapping[str, Inputs], facts: Mapping[str, int]) -> dict[str, Any]:
    """Return the stored form of a year's inputs: those of its quarters `q1` … `q4`, and the facts of the year."""
    return {
        "quarters": {name: one.as_json() for name, one in sorted(quarters.items())},
        "facts": dict(sorted(facts.items())),
    }


def mean_inputs(months: Mapping[str, Snapshot], *, wanted: int, facts: Mapping[str, int]) -> dict[str, Any]:
    """Return the stored form of an evaluation's inputs: score and digest of each frozen month, of `wanted` months."""
    return {
        "months": {
            month: {"score": None if one.score is None else str(one.score), "digest": one.digest}
            for month, one in sorted(months.items())
        },
        "wanted": wanted,
        "facts": dict(sorted(facts.items())),
    }


def _mean(used: Formula, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mean of the months that have a score, if these are two thirds of what is wanted."""
    scores = [Decimal(one["score"]) for _, one in sorted(inputs["months"].items()) if one["score"] is not None]
    shown = {"caps": [], "values": {}, "available": 100 * len(scores) // inputs["wanted"]}
    if 3 * len(scores) < 2 * inputs["wanted"]:
        return {"score": None, "band": IndexBand.insufficient.value, **shown}
    score, _ = capped_by(used, _EXACT.divide(sum(scores, Decimal(0)), Decimal(len(scores))), {})
    return {"score": str(score), "band": band_of(used, score).value, **shown}


def _year(used: Formula, inputs: Mapping[str, Any]) -> dict[str, Any]:
    quarters = {name: evaluate(used, Inputs.of_json(one)) for name, one in sorted(inputs["quarters"].items())}
    scores = [one.score for one in quarters.values() if one.score is not None]
    shown = {"quarters": {name: one.as_json() for name, one in quarters.items()}}
    if not scores:
        return {"score": None, "band": IndexBand.insufficient.value, "available": 0, "caps": [], **shown}
    facts = {**inputs["facts"], "weak_quarter": sum(one < WEAK for one in scores)}
    score, caps = capped_by(used, _EXACT.divide(sum(scores, Decimal(0)), Decimal(len(scores))), facts)
    available = max(one.available for one in quarters.values())
    band = band_of(used, score).value
    return {"score": str(score), "band": band, "available": available, "caps": list(caps), **shown}
