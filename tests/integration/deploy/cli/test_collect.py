"""`mingchu model collect`, as an operator types it: judged violations become labelled pictures."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alerts.hazards.lifecycle import Appeal
from alerts.hazards.review import confirm, reject
from alerts.hazards.tasks import act
from alerts.precision.labelling import split_of
from deploy.cli import main
from models.catalogue.terms import AppealReason, CopyKind, RejectReason, Role, TaskCommand
from models.domain.access import Actor
from models.domain.alerts import Alert
from models.domain.evidence import Evidence
from models.evidence.files import EvidenceFiles
from models.store import Store, clips, evidence, retention
from tests.support.overrides import rows
from tests.support.people import find, picture
from tests.support.world import Kitchen, seed_world
from vision.evaluation.labels import known_classes, samples
from vision.training.classes import CLASS_ID, CLASSES, absent_in, labelled_in, looked_at, remember_looks
from vision.training.prepare import lay_out_own

CITY = Actor(name="city", role=Role.regulator)
BOX = {"name": "head_bare", "score": 0.875, "x": 0.4375, "y": 0.25, "w": 0.125, "h": 0.25}
ROW = "0 0.500000 0.375000 0.125000 0.250000\n"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who types the command, at a platform with two kitchens."""

    store: Store
    files: EvidenceFiles
    a: Kitchen
    b: Kitchen
    out: Path

    def run(self, *options: object, out: Path | None = None, by: str = "王检查") -> dict[str, Any]:
        arguments = ["model", "collect", str(out or self.out), "--by", by, "--json", *map(str, options)]
        answer = CliRunner().invoke(main, arguments)
        if answer.exit_code:
            return {"refused": answer.output}
        found: dict[str, Any] = json.loads(answer.stdout)
        return found

    def judged(
        self,
        verdict: RejectReason | None,
        *,
        code: str = "no_chef_hat",
        kitchen: Kitchen | None = None,
        name: str = "head_bare",
        at: datetime | None = None,
    ) -> Alert:
        """A violation with its verdict, None = confirmed, whose situation is over."""
        at = at or datetime.now(UTC)
        alert = find(self.store, self.files, kitchen or self.a, code, at=at)
        assert alert is not None
        with self.store.write() as w:
            w.raw.execute(
                "UPDATE violation SET boxes = %s::jsonb WHERE alert_id = %s",
                [json.dumps([BOX | {"name": name}]), alert.id],
            )
            if verdict is None:
                confirm(w, alert.id, revision=alert.revision, by=CITY, at=at)
            else:
                reject(w, alert.id, revision=alert.revision, by=CITY, at=at, reason=verdict)
            w.raw.execute("UPDATE alert SET closed_at = %s WHERE id = %s", [at - timedelta(days=400), alert.id])
        return alert

    def uphold_appeal(self, alert: Alert) -> None:
        enterprise, other = Actor(name="enterprise-a", role=Role.enterprise), Actor(name="other", role=Role.regulator)
        appeal, at = Appeal(reason=next(iter(AppealReason)), text="戴了发网"), datetime.now(UTC)
        with self.store.write() as w:
            ((task_id,),) = w.raw.execute("SELECT id FROM task WHERE alert_id = %s", [alert.id]).fetchall()
            task = act(w, task_id, TaskCommand.appeal, version=1, by=enterprise, at=at, appeal=appeal)
            act(w, task_id, TaskCommand.uphold_appeal, version=task.version, by=other, at=at, reason="成立")

    def still(self, alert: Alert) -> Evidence:
        with self.store.read() as r:
            return next(one for one in evidence.evidence_of(r, alert.evidence_ids) if one.kind == "still_clean")

    def hide_faces(self) -> str:
        """Make the copies that wait, as the vision role does."""
        content = picture("hidden")
        sha256 = self.files.put(content)
        with self.store.write() as w:
            for copy in clips.take_copies(w, tenant_id=None, at=datetime.now(UTC), limit=100):
                assert copy.kind is CopyKind.redacted
                clips.copy_ready(w, copy, sha256=sha256, size=len(content), mime="image/jpeg")
        return sha256

    def manifest(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in (self.out / "manifest.jsonl").read_text().splitlines()]

    def logged(self) -> list[tuple[Any, ...]]:
        return rows(
            self.store,
            "SELECT actor, detail ->> 'copy', split_part(object, ':', 2)::uuid AS id FROM audit_entry "
            "WHERE action = 'evidence.exported' ORDER BY id",
        )


@pytest.fixture
def operator(store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    monkeypatch.setenv("MINGCHU_DATABASE_URL", database_url)
    monkeypatch.setenv("MINGCHU_EVIDENCE_DIR", str(tmp_path / "evidence"))
    a, b = seed_world(store)
    return Operator(store, EvidenceFiles(tmp_path / "evidence"), a, b, tmp_path / "out")


def test_pictures_have_hidden_faces_and_wait_for_their_copies(operator: Operator) -> None:
    alert = operator.judged(None)
    first = operator.run()
    assert (first["new"], first["waiting"], first["pictures"]) == (0, 1, 0)
    assert operator.logged() == []
    hidden = operator.hide_faces()
    assert operator.run()["new"] == 1
    (line,) = operator.manifest()
    still = operator.still(alert)
    assert (line["sha256"], line["redacted"], line["picture"]) == (hidden, True, f"{still.sha256}.jpg")
    image = operator.out / "head_bare" / "images" / line["picture"]
    assert hashlib.sha256(image.read_bytes()).hexdigest() == hidden
    assert operator.logged() == [("王检查", "redacted", still.id)]


def test_confirmed_ones_are_labels_rejected_ones_negatives_and_originals_are_logged(operator: Operator) -> None:
    true = operator.judged(None)
    false = operator.judged(RejectReason.false_alarm, code="no_mask", kitchen=operator.b, name="no_mask")
    for reason in (RejectReason.duplicate, RejectReason.test, RejectReason.not_violation):
        operator.judged(reason, code="phone_use", name="phone")
    assert operator.run("--originals")["new"] == 2
    lines = {line["alert_id"]: line for line in operator.manifest()}
    assert {key: line["verdict"] for key, line in lines.items()} == {
        str(true.id): "confirmed",
        str(false.id): "rejected",
    }
    line = lines[str(true.id)]
    assert (line["code"], line["camera"], line["model"]["version"]) == ("no_chef_hat", operator.a.camera, "1")
    assert line["sha256"] == operator.still(true).sha256 == line["picture"].removesuffix(".jpg")
    stem = line["sha256"]
    assert (operator.out / "head_bare" / "labels" / f"{stem}.txt").read_text() == ROW
    assert (operator.out / "no_mask" / "labels" / f"{operator.still(false).sha256}.txt").read_text() == ""
    assert set(operator.logged()) == {("王检查", "original", operator.still(one).id) for one in (true, false)}


def test_a_second_run_adds_only_what_is_new_and_follows_a_changed_verdict(operator: Operator) -> None:
    alert = operator.judged(None)
    assert operator.run("--originals")["new"] == 1
    before = {file: file.stat().st_mtime_ns for file in operator.out.rglob("*") if file.is_file()}
    assert operator.run("--originals")["new"] == 0
    assert {file: file.stat().st_mtime_ns for file in operator.out.rglob("*") if file.is_file()} == before
    operator.uphold_appeal(alert)
    again = operator.run("--originals")
    assert (again["new"], again["changed"], again["pictures"]) == (0, 1, 1)
    stem = operator.still(alert).sha256
    assert (operator.out / "head_bare" / "labels" / f"{stem}.txt").read_text() == ""
    assert len(operator.logged()) == 1


def test_the_limit_ends_a_run_and_the_next_one_goes_on(operator: Operator) -> None:
    for code, kitchen in (("no_chef_hat", operator.a), ("no_chef_hat", operator.b), ("no_mask", operator.a)):
        operator.judged(None, code=code, kitchen=kitchen)
    first, second, third = (operator.run("--originals", "--limit", 2) for _ in range(3))
    assert (first["new"], first["more"]) == (2, True)
    assert (second["new"], second["more"]) == (1, False)
    assert (third["new"], third["more"], third["pictures"]) == (0, False, 3)


def test_only_what_was_asked_for_is_collected(operator: Operator) -> None:
    old = datetime.now(UTC) - timedelta(days=100)
    operator.judged(None, at=old)
    operator.judged(None, code="no_mask", name="no_mask")
    operator.judged(None, code="no_mask", name="no_mask", kitchen=operator.b)
    out = operator.out
    assert operator.run("--originals", out=out / "days")["new"] == 2
    assert operator.run("--originals", "--since", f"{old:%Y-%m-%d}", out=out / "all")["new"] == 3
    assert operator.run("--originals", "--code", "no_mask", "--device", operator.b.camera, out=out / "one")["new"] == 1


def test_a_deleted_picture_and_one_without_a_known_class_are_left_out(operator: Operator) -> None:
    gone, damaged = operator.judged(None), operator.judged(None, kitchen=operator.b)
    operator.judged(None, code="rodent", name="mover")
    still = operator.still(gone)
    with operator.store.write() as w:
        retention.purge(w, [still.id], reason="retention", at=datetime.now(UTC))
    operator.files.delete(operator.still(damaged).sha256)
    found = operator.run("--originals")
    assert (found["new"], found["gone"], found["unlabelled"]) == (0, 2, 1)


def test_the_folder_is_what_training_and_evaluation_read(operator: Operator, tmp_path: Path) -> None:
    operator.judged(None)
    operator.judged(RejectReason.false_alarm, kitchen=operator.b)
    assert operator.run("--originals")["new"] == 2
    folder = operator.out / "head_bare"
    read = list(samples(folder, known_classes(folder, CLASSES)))
    assert sorted(len(one.truth.get("head_bare", ())) for one in read) == [0, 1]
    assert {one.source for one in read} == {operator.a.camera, operator.b.camera}
    assert lay_out_own(folder, tmp_path / "prepared") == "own-head_bare"
    assert len(list((tmp_path / "prepared").rglob("*.jpg"))) == 2


def prepared(operator: Operator, out: Path) -> str:
    answer = CliRunner().invoke(main, ["model", "prepare", str(out), "--collected", str(operator.out)])
    return answer.output if answer.exit_code else answer.stdout


def rows_in(out: Path, source: str) -> dict[tuple[str, str], str]:
    """The prepared label rows by split and file stem."""
    return {(path.parts[-4], path.stem): path.read_text() for path in out.glob(f"*/{source}/labels/*.txt")}


def test_a_collected_folder_is_a_source_whose_other_classes_stay_unknown(operator: Operator, tmp_path: Path) -> None:
    true, false = operator.judged(None), operator.judged(RejectReason.false_alarm, kitchen=operator.b)
    masked = operator.judged(None, code="no_mask", name="no_mask")
    assert operator.run("--originals")["new"] == 3
    out = tmp_path / "prepared"
    assert "own-out-head_bare, own-out-no_mask" in prepared(operator, out)
    bare, a_split, b_split = CLASS_ID["head_bare"], split_of(operator.a.camera), split_of(operator.b.camera)
    assert rows_in(out, "own-out-head_bare") == {
        (a_split, operator.still(true).sha256): f"{bare}{ROW[1:]}",
        (b_split, operator.still(false).sha256): "",
    }
    assert rows_in(out, "own-out-no_mask") == {
        (a_split, operator.still(masked).sha256): f"{CLASS_ID['no_mask']}{ROW[1:]}"
    }
    folder = out / b_split / "own-out-head_bare"
    # What neither is labelled nor known to be absent has no part in the masked loss.
    assert labelled_in(folder) | absent_in(folder, operator.still(false).sha256) == {bare}


def test_a_verdict_that_changed_changes_what_was_prepared_and_no_more(operator: Operator, tmp_path: Path) -> None:
    changed, same = operator.judged(None), operator.judged(None, kitchen=operator.b)
    out = tmp_path / "prepared"
    operator.run("--originals")
    prepared(operator, out)
    person = f"{CLASS_ID['person']} 0.5 0.5 0.2 0.2\n"
    for path in out.glob("*/own-out-head_bare/labels/*.txt"):
        with path.open("a") as labels:  # as a teacher adds them
            labels.write(person)
    for folder in out.glob("*/own-out-head_bare"):
        remember_looks(folder, {path.stem: [] for path in (folder / "images").iterdir()})
    operator.uphold_appeal(changed)
    operator.run("--originals")
    prepared(operator, out)
    texts = {stem: text for (_, stem), text in rows_in(out, "own-out-head_bare").items()}
    bare = f"{CLASS_ID['head_bare']}{ROW[1:]}"
    assert texts == {operator.still(changed).sha256: "", operator.still(same).sha256: bare + person}
    looked = {stem for folder in out.glob("*/own-out-head_bare") for stem in looked_at(folder)}
    assert looked == {operator.still(same).sha256}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda out: (out / "manifest.jsonl").unlink(), "no manifest.jsonl"),
        (lambda out: (out / "head_bare").rename(out / "no_such_class"), "no_such_class"),
        (lambda out: (out / "head_bare" / "classes.txt").write_text("mask\n"), "expected the class head_bare"),
        (lambda out: (out / "head_bare" / "sources.csv").write_text("file,split,source\n"), "states nothing"),
        (lambda out: (out / "head_bare" / "sources.csv").unlink(), "sources.csv"),
    ],
)
def test_a_spoilt_collection_is_refused(
    operator: Operator, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    operator.judged(None)
    operator.run("--originals")
    spoil(operator.out)
    assert said in prepared(operator, tmp_path / "prepared")


@pytest.mark.parametrize(
    ("options", "by", "said"),
    [
        (("--code", "no_such"), "x", "expected one of"),
        (("--device", "no-such"), "x", "no camera"),
        (("--limit", "0"), "x", "limit"),
        (("--since", "0001-01-01"), "x", "expected a day"),
        (("--since", "gestern"), "x", "since"),
        ((), " ", "name of who collects"),
    ],
)
def test_a_wrong_wish_is_refused_and_writes_nothing(
    operator: Operator, options: tuple[str, ...], by: str, said: str
) -> None:
    assert said in operator.run(*options, by=by)["refused"]
    assert not operator.out.exists()


def test_a_folder_of_the_other_kind_is_refused(operator: Operator) -> None:
    operator.judged(None)
    operator.run("--originals")
    assert "another folder" in operator.run()["refused"]


def test_the_command_says_what_it_did(operator: Operator) -> None:
    operator.judged(None)
    answer = CliRunner().invoke(main, ["model", "collect", str(operator.out), "--by", "x"])
    assert answer.exit_code == 0, answer.output
    assert "0 pictures; 0 violations new" in answer.stdout
    assert "1 wait for a copy with hidden faces" in answer.stdout
