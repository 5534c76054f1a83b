"""Hashes, chain and Merkle tree of evidence."""

import ast
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evidence import verifier
from models.evidence.verifier import (
    START,
    Broken,
    canonical,
    chain_hash,
    first_break,
    inclusion_proof,
    merkle_root,
    record_hash,
    root_from,
)
from tests.support.paths import ROOT

RECORDS = [record_hash({"n": n}) for n in range(33)]


def chain(n: int) -> list[dict[str, object]]:
    links, previous = [], START
    for seq in range(1, n + 1):
        record = {"n": seq, "text": "证据"}
        hashed = record_hash(record)
        previous = chain_hash(previous, hashed)
        links.append({"seq": seq, "record": record, "record_hash": hashed, "chain_hash": previous})
    return links


def test_the_verifier_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "models" / "evidence" / "verifier.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_canonical_json_does_not_depend_on_the_order_of_names() -> None:
    assert canonical({"b": 1, "a": "后厨"}) == canonical({"a": "后厨", "b": 1}) == '{"a":"后厨","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


@pytest.mark.parametrize(
    ("leaves", "root"),
    [
        # RFC 6962's own test vectors use raw leaves; the empty tree is the one they share with ours.
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_the_root_without_records_is_that_of_the_standard(leaves: list[str], root: str) -> None:
    assert merkle_root(leaves) == root


@given(st.integers(1, 33).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_every_record_has_a_proof_of_its_root(place: tuple[int, int]) -> None:
    size, index = place
    records = RECORDS[:size]
    proof = inclusion_proof(records, index)
    assert root_from(records[index], index, size, proof) == merkle_root(records)


@given(
    st.integers(2, 33).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1), st.integers(0, n - 1))),
)
def test_a_proof_fits_no_other_record_and_no_other_place(place: tuple[int, int, int]) -> None:
    size, index, other = place
    records = RECORDS[:size]
    proof, root = inclusion_proof(records, index), merkle_root(records)
    if other != index:
        assert root_from(records[other], index, size, proof) != root
        with suppress(Broken):
            assert root_from(records[index], other, size, proof) != root


@pytest.mark.parametrize("change", [lambda p: p[:-1], lambda p: [*p, p[-1]]])
def test_a_proof_of_another_length_is_refused(change: object) -> None:
    proof = inclusion_proof(RECORDS, 5)
    with pytest.raises(Broken):
        root_from(RECORDS[5], 5, len(RECORDS), change(proof))  # type: ignore[operator]


def test_an_intact_chain_passes() -> None:
    assert first_break(chain(20)) is None


@given(st.integers(1, 20), st.sampled_from(["content", "hash", "link", "removed", "swapped"]))
def test_the_first_broken_link_is_named(at: int, how: str) -> None:
    links = chain(21)
    link = links[at - 1]
    match how:
        case "content":
            link["record"] = {"n": at, "text": "改过"}
        case "hash":
            link["record_hash"] = record_hash("other")
        case "link":
            link["chain_hash"] = record_hash("other")
        case "removed":
            del links[at - 1]
        case "swapped":
            links[at - 1], links[at] = links[at], links[at - 1]
    said = first_break(links)
    assert said is not None
    assert said.startswith((f"record {at}", f"record {at + 1}"))


def test_the_module_prints_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert verifier.main([]) == 2
    assert "usage" in capsys.readouterr().err
