"""The evidence store under one contract, on a disk and in a real S3-compatible server."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from models.base.errors import EvidenceDamaged, EvidenceStoreAway, Invalid, NotFound
from models.evidence.files import EvidenceFiles

CONTENT = b"what was seen"
SHA = hashlib.sha256(CONTENT).hexdigest()
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["disk", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EvidenceFiles:
    if request.param == "disk":
        return EvidenceFiles.at(tmp_path / "evidence", None)
    url = request.getfixturevalue("s3_server")
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": url}.items():
        monkeypatch.setenv(name, value)
    bucket = f"evidence-{os.urandom(4).hex()}"
    boto3.client("s3", endpoint_url=url, region_name="us-east-1").create_bucket(Bucket=bucket)
    return EvidenceFiles.at(tmp_path / "local", f"s3://{bucket}/kitchens")


def spoil(files: EvidenceFiles, sha256: str) -> None:
    """Change a file behind the store's back."""
    import obstore  # noqa: PLC0415

    obstore.put(files._store, f"{sha256[:2]}/{sha256[2:4]}/{sha256}", b"something else")


def test_stored_bytes_are_returned_under_their_hash(files: EvidenceFiles) -> None:
    assert files.put(CONTENT) == SHA
    assert files.get(SHA) == CONTENT
    assert files.exists(SHA)


def test_the_same_bytes_twice_are_one_file(files: EvidenceFiles) -> None:
    files.put(CONTENT)
    files.put(CONTENT)
    assert [(kept.sha256, kept.bytes) for kept in files.listing()] == [(SHA, len(CONTENT))]


def test_a_finished_upload_is_taken_in(files: EvidenceFiles) -> None:
    upload = files.incoming / "x.part"
    upload.write_bytes(CONTENT)
    assert files.take(upload) == SHA
    assert files.get(SHA) == CONTENT
    assert not upload.exists()


def test_unfinished_uploads_are_not_listed(files: EvidenceFiles) -> None:
    (files.incoming / "x.part").write_bytes(b"half")
    assert list(files.listing()) == []


def test_a_changed_file_is_noticed(files: EvidenceFiles) -> None:
    files.put(CONTENT)
    spoil(files, SHA)
    with pytest.raises(EvidenceDamaged):
        files.get(SHA)


def test_a_missing_file_is_said_and_deleting_it_again_is_no_error(files: EvidenceFiles) -> None:
    files.put(CONTENT)
    files.delete(SHA)
    files.delete(SHA)
    assert not files.exists(SHA)
    with pytest.raises(NotFound):
        files.get(SHA)


def test_only_hashes_are_names(files: EvidenceFiles) -> None:
    for name in ("../../etc/passwd", "", SHA.upper(), SHA[:-1]):
        with pytest.raises(Invalid):
            files.get(name)


def test_many_threads_store_the_same_and_different_files(files: EvidenceFiles) -> None:
    contents = [f"{i % 5}".encode() for i in range(40)]
    threads = [threading.Thread(target=files.put, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(files.listing())) == 5


def test_a_bucket_that_does_not_answer_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    files = EvidenceFiles.at(tmp_path, "s3://nowhere")
    with pytest.raises(EvidenceStoreAway):
        files.exists(SHA)


@pytest.mark.parametrize("url", ["http://x/y", "s3://", "s3://key@bucket", "s3://b?x=1"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Invalid):
        EvidenceFiles.at(tmp_path, url)
