"""Check a bundle of evidence (电子存证包) without the platform: `python verify.py BUNDLE.zip`.

This file needs only Python's standard library, so that anybody can read and run it. Every bundle contains a copy;
the platform itself computes its hashes with the functions below.

The checks:

1. The bundle has the digest that its last bytes state, so nothing was changed since it was made.
2. Each file has the sha256 that its record states.
3. Each record has the hash that the chain states: `record_hash = SHA-256(canonical JSON)`.
4. The links of the chain are right: `chain_hash = SHA-256(previous chain_hash ‖ record_hash)`.
5. The inclusion proof of each record leads to the Merkle root (RFC 6962) of its day.

The message names the first broken link. Compare the roots with those that the platform published, to be sure that
the chain itself was not rebuilt: a file cannot prove that by itself.
"""

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence

FORMAT = "mingchu-evidence-1"
MARK = b"mingchu-evidence-1 sha256:"
"""Prefix of the archive's comment, before the digest of all bytes that precede the comment."""
START = "0" * 64
"""The chain hash before the first record."""
MANIFEST, RECORDS, DAYS, TRAIL = "manifest.json", "records.jsonl", "days.json", "trail.json"
STAMPS = "stamps/"


class Broken(Exception):
    """Part of a bundle was changed or is missing; the message names it."""


def canonical(record: object) -> bytes:
    """Return a record as JSON in UTF-8 with sorted names and without spaces: the same bytes on every machine."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def record_hash(record: object) -> str:
    """Return the SHA-256 of a record, in hexadecimal digits."""
    return hashlib.sha256(canonical(record)).hexdigest()


def chain_hash(previous: str, record: str) -> str:
    """Return the SHA-256 of the previous chain hash and the record hash, each as 32 bytes."""
    return hashlib.sha256(bytes.fromhex(previous) + bytes.fromhex(record)).hexdigest()


def leaf_hash(record: str) -> bytes:
    """Return the hash of a leaf of the Merkle tree (RFC 6962 §2.1): of a zero byte and the record hash."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(record)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962 §2.1): of a byte with value one and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(records: Sequence[str]) -> str:
    """Return the Merkle root of a day's record hashes, in order; without any, the SHA-256 of the empty string."""
    if not records:
        return hashlib.sha256(b"").hexdigest()
    return _subtree([leaf_hash(record) for record in records]).hex()


def inclusion_proof(records: Sequence[str], index: int) -> list[str]:
    """Return the hashes that lead from a record to the root (RFC 6962 §2.1.1), from the leaf upwards."""
    leaves = [leaf_hash(record) for record in records]
    return [found.hex() for found in _path(leaves, index)]


def root_from(record: str, index: int, size: int, proof: Sequence[str]) -> str:
    """Return the root to which a proof leads (RFC 9162 §2.1.3.2).

    Raises:
        Broken: the index is outside the tree, or the proof is too long or too short.
    """
    at, last, found = index, size - 1, leaf_hash(record)
    if not 0 <= index < size:
        raise Broken(f"a proof for record {index} of {size}")
    for step in proof:
        if last == 0:
            raise Broken("the inclusion proof is too long")
        sibling = bytes.fromhex(step)
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise Broken("the inclusion proof is too short")
    return found.hex()


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


def _subtree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    cut = _split(len(leaves))
    return node_hash(_subtree(leaves[:cut]), _subtree(leaves[cut:]))


def _path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    cut = _split(len(leaves))
    if index < cut:
        return [*_path(leaves[:cut], index), _subtree(leaves[cut:])]
    return [*_path(leaves[cut:], index - cut), _subtree(leaves[:cut])]


def first_break(links: Iterable[dict[str, object]], *, previous: str = START) -> str | None:
    """Return a sentence about the first broken link of a chain; None if there is none.

    Args:
        links: `{"seq", "record", "record_hash", "chain_hash"}` in the order of `seq`, without a gap.
        previous: the chain hash before the first of them.
    """
    expected: int | None = None
    for link in links:
        seq = int(str(link["seq"]))
        if expected is not None and seq != expected:
            return f"record {expected} is missing"
        wrong = _wrong_link(link, previous)
        if wrong is not None:
            return f"record {seq}: {wrong}"
        previous, expected = str(link["chain_hash"]), seq + 1
    return None


def _wrong_link(link: dict[str, object], previous: str) -> str | None:
    if record_hash(link["record"]) != link["record_hash"]:
        return "its content was changed: its hash differs from the one in the chain"
    if chain_hash(previous, str(link["record_hash"])) != link["chain_hash"]:
        return "it does not follow from the record before it"
    return None


def verify(data: bytes) -> list[str]:
    """Check a bundle; return a sentence for each passed check.

    Raises:
        Broken: the first failed check.
    """
    said = [_check_digest(data)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            said += _check_content(bundle)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, EOFError) as error:
        raise Broken(f"the archive can't be read: {error}") from error
    return said


def sealed(archive: bytes) -> bytes:
    """Return an archive without a comment with its digest added as the comment."""
    body = archive[:-2] + len(MARK + START.encode()).to_bytes(2, "little")
    return body + MARK + hashlib.sha256(body).hexdigest().encode()


def _check_digest(data: bytes) -> str:
    end = len(data) - 64
    if data[end - len(MARK) : end] != MARK:
        raise Broken("the bundle's digest is missing: its end was changed or cut off")
    stated, body = data[end:], data[: end - len(MARK)]
    found = hashlib.sha256(body).hexdigest()
    if found.encode() != stated:
        raise Broken(_where(body, data) or "the bundle was changed: its digest is wrong")
    return f"the bundle is unchanged (sha256 {found})"


def _where(body: bytes, data: bytes) -> str | None:
    """Return a sentence on the damaged entry of a changed archive; None if it can't be found."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            damaged = bundle.testzip()
    except Exception:  # noqa: BLE001 - a damaged archive may raise anything; the digest has proved the change
        return f"the bundle was changed: its directory is damaged ({len(body)} bytes)"
    return None if damaged is None else f"the bundle was changed: {damaged} is damaged"


def _check_content(bundle: zipfile.ZipFile) -> list[str]:
    manifest = json.loads(bundle.read(MANIFEST))
    if manifest.get("format") != FORMAT:
        raise Broken(f"{MANIFEST}: expected the format {FORMAT}")
    for name, digest in manifest["entries"].items():
        if hashlib.sha256(bundle.read(name)).hexdigest() != digest:
            raise Broken(f"{name} does not have the sha256 that {MANIFEST} states")
    records = [json.loads(line) for line in bundle.read(RECORDS).splitlines()]
    days = json.loads(bundle.read(DAYS))
    said = [f"{len(manifest['entries'])} entries have the sha256 that {MANIFEST} states"]
    for link in records:
        wrong = _wrong_link(link, str(link["previous"])) or _wrong_place(link, days)
        if wrong is not None:
            raise Broken(f"record {link['seq']}: {wrong}")
    proven = sum(link["day"] in days for link in records)
    said.append(f"{len(records)} records are intact; {proven} of them are proven by the Merkle root of their day")
    return [*said, *_check_stamps(bundle, days), *_check_files(bundle, records, manifest)]


def _check_stamps(bundle: zipfile.ZipFile, days: dict[str, dict[str, object]]) -> Iterator[str]:
    """Check that each timestamp is of its day's root; its signature needs OpenSSL and the authority's certificate."""
    for name in sorted(bundle.namelist()):
        if not name.startswith(STAMPS):
            continue
        day = name.removeprefix(STAMPS).removesuffix(".tsr")
        root = str(days[day]["root"])
        if hashlib.sha256(root.encode()).digest() not in bundle.read(name):
            raise Broken(f"{name}: the timestamp is not of the Merkle root of {day}")
        yield (
            f"{name} is a timestamp of the root of {day}; check its signature with: printf {root} > root && "
            f"openssl ts -verify -data root -in {day}.tsr -CAfile CA.pem"
        )


def _wrong_place(link: dict[str, object], days: dict[str, dict[str, object]]) -> str | None:
    day = days.get(str(link["day"]))
    if day is None:
        return None  # the day was not over when the bundle was made
    proof = link["proof"]
    if not isinstance(proof, list):
        return "its inclusion proof is missing"
    index = int(str(link["seq"])) - int(str(day["first_seq"]))
    size = int(str(day["last_seq"])) - int(str(day["first_seq"])) + 1
    if root_from(str(link["record_hash"]), index, size, proof) != day["root"]:
        return f"its proof does not lead to the Merkle root of {link['day']}"
    return None


def _check_files(
    bundle: zipfile.ZipFile, records: list[dict[str, object]], manifest: dict[str, object]
) -> Iterator[str]:
    names = set(bundle.namelist())
    missing = manifest["missing"]
    if not isinstance(missing, dict):
        raise Broken(f"{MANIFEST}: `missing` is not a table of reasons")
    present = 0
    for link in records:
        record = link["record"]
        if not isinstance(record, dict) or record.get("kind") != "evidence":
            continue
        digest = str(record["sha256"])
        name = next((entry for entry in names if entry.startswith(f"files/{digest}")), None)
        if name is None:
            if digest not in missing:
                raise Broken(f"record {link['seq']}: its file {digest} is missing, and no reason is stated")
            yield f"file {digest} is not in the bundle: {missing[digest]}"
            continue
        if hashlib.sha256(bundle.read(name)).hexdigest() != digest:
            raise Broken(f"record {link['seq']}: its file {name} was changed")
        present += 1
    yield f"{present} files have the sha256 that their records state"


def main(arguments: Sequence[str]) -> int:
    """Check a bundle and print the passed checks; return 1 at the first failed one."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python verify.py BUNDLE.zip\n")
        return 2
    try:
        with open(arguments[0], "rb") as file:  # noqa: PTH123 - plain standard library, easy to read for everybody
            said = verify(file.read())
    except (Broken, OSError) as error:
        sys.stdout.write(f"BROKEN  {error}\n")
        return 1
    sys.stdout.write("".join(f"OK      {line}\n" for line in said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
