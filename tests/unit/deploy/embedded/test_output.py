"""The output of children is kept within bounds."""

import io
import os
import threading
from pathlib import Path

from deploy.embedded.output import LONGEST_LINE, WAITING_LINES, Output, RotatingFile
from tests.support.waiting import GENEROUS_S


def test_a_full_file_is_rotated_and_the_oldest_is_deleted(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "a.log", limit=10, keep=2)
    for number in range(6):
        file.write(f"line {number}\n".encode())
    file.close()
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"a.log": "line 5\n", "a.log.1": "line 4\n", "a.log.2": "line 3\n"}


def test_an_existing_file_is_appended_to(tmp_path: Path) -> None:
    for _ in range(2):
        file = RotatingFile(tmp_path / "a.log", limit=15, keep=1)
        file.write(b"0123456\n")
        file.close()
    assert (tmp_path / "a.log").read_text() == "0123456\n"
    assert (tmp_path / "a.log.1").read_text() == "0123456\n"


def test_lines_are_prefixed_cut_and_never_undecodable(tmp_path: Path) -> None:
    stream = io.StringIO()
    out, into = os.pipe()
    with os.fdopen(into, "wb") as writer:
        writer.write(b"hello\n\xff\n" + b"x" * (LONGEST_LINE + 3))
    output = Output(tmp_path, stream)
    output.follow("child", os.fdopen(out, "rb"))
    assert output.drain(5)
    lines = stream.getvalue().splitlines()
    assert [line[:20] for line in lines[:2]] == ["child        | hello", "child        | \ufffd"]
    assert [len(line) - 15 for line in lines[2:]] == [LONGEST_LINE, 3]


def test_a_closed_stream_does_not_stop_the_child(tmp_path: Path) -> None:
    stream = io.StringIO()
    stream.close()
    output = Output(tmp_path, stream)
    output.say("child", "hello")
    assert output.drain(5)


def test_a_blocked_stream_does_not_block_the_child(tmp_path: Path) -> None:
    out, into = os.pipe()
    reader = os.fdopen(out, "rb")
    rest = threading.Thread(target=reader.read)  # until the other end is closed
    with os.fdopen(into, "w") as stuck:
        output = Output(tmp_path, stuck)
        for _ in range(WAITING_LINES + 200):
            output.say("child", "x" * 1000)
        assert output.dropped > 0
        assert not output.drain(0.05)
        rest.start()
        assert output.drain(10)
    rest.join(GENEROUS_S)
    reader.close()
