"""A fault campaign: the real platform under load for minutes or hours, faults at random, and what has to hold anyway.

`python -m tests.faults.campaign --for 6h [--keep DIR] [--pause-after 50m] [--seed N] [--kinds cut,disk] [--json FILE]`

`mingchu up` and a second intake, judge and alerts process run with kitchens that send readings and pictures through a
line of their own. Faults of all kinds come one after the other, sometimes two together. All the time and at the end:
every acknowledged reading is stored once, a situation has one open alert, the feed has no gap and no repeat, everything
is back within the bound, and memory is flat. Prints a report; ends with 1 if anything of that did not hold. As root it
runs in namespaces of its own.

With `--keep` all that it needs lies below DIR, and the same command goes on where it stood, until `--for` has run in
all segments together. SIGTERM or `--pause-after` end a segment in order; a kill -9 of everything or a power cut loses
counters of half a minute at most, and nothing of what was sent, acknowledged or read. The invariants are looked at over
everything since the first segment. `--kinds` may differ between segments: with the kinds of the line alone (`cut,stall,
delay,loss`) processes live for the whole segment, and a life of an hour shows whether its memory is flat.

A pause is a fault, too: platform and kitchens are off for minutes or days. Legitimately different afterwards:
- After more than ten minutes off there may be alerts of offline cameras and sensors, from before the nodes were back.
- The lasting gas alarms are the same alerts as before: nobody gave a verdict, so they are open, and the new breach is
  added to them. A violation that was open has ended with its last frame; the next one is a second violation of the one
  open alert.
- Readings that waited in a spool arrive late, and are stored. After 72 h off they would be refused as too old, and
  after 30 days the reader's key has ended: a campaign can't pause that long.
- Its length is measured by the wall clock, between the last moment that was saved and the next start.
"""

import argparse
import json
import random
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.campaign import cage
from tests.support.campaign.course import say
from tests.support.campaign.faults import KINDS
from tests.support.campaign.kept import Kept
from tests.support.campaign.progress import Progress
from tests.support.campaign.stage import everything, opened

UNITS = {"s": 1, "m": 60, "h": 3600}


def end_early(stop: threading.Event) -> None:
    """End after the present fault, with the report; at the second time at once, but in order."""
    if stop.is_set():
        sys.exit("ended by SIGTERM")
    stop.set()


def seconds_of(text: str) -> float:
    """`600`, `90s`, `10m` or `6h` in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"expected a duration like 90s, 10m or 6h, got {text!r}")
    return float(found[1]) * UNITS[found[2] or "s"]


def kinds_of(text: str) -> list[str]:
    """Some of `KINDS`, with commas between."""
    kinds = text.split(",")
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(KINDS)}, got {', '.join(unknown)}")
    return kinds


def options() -> argparse.Namespace:
    found = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    found.add_argument("--for", dest="lasts_s", type=seconds_of, default=600.0, help="like 10m or 6h (default 10m)")
    found.add_argument("--keep", type=Path, default=None, help="keep the campaign in this folder, and go on with it")
    found.add_argument(
        "--pause-after", type=seconds_of, default=None, help="end this segment after so long, with --keep"
    )
    found.add_argument("--seed", type=int, default=None, help="repeat the order of faults of an earlier campaign")
    found.add_argument("--kinds", type=kinds_of, default=list(KINDS), help=f"some of {','.join(KINDS)}")
    found.add_argument("--bound", type=seconds_of, default=300.0, help="everything is back within this (default 300s)")
    found.add_argument("--logs", type=Path, default=None, help="copy the logs of all parts to this folder at the end")
    found.add_argument("--json", type=Path, default=None, help="write the report to this file, too")
    chosen = found.parse_args()
    if chosen.pause_after is not None and chosen.keep is None:
        found.error("--pause-after needs --keep")
    return chosen


@contextmanager
def folder_of(keep: Path | None) -> Iterator[Path]:
    """The campaign's folder; a temporary one unless it is to be kept."""
    if keep is not None:
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="mingchu-campaign-") as folder:
        yield Path(folder)


def segment(folder: Path, kept: Kept, chosen: argparse.Namespace, stop: threading.Event) -> dict[str, Any]:
    """Run one segment, and return the report on the campaign up to now."""
    known = Progress.of(kept)
    if known is not None and known.is_finished(chosen.lasts_s) and known.report is not None:
        say(f"it has run for {known.ran_s:.0f} s already: a longer --for goes on")
        return known.report
    if known is not None and chosen.seed not in {None, known.seed}:
        raise SystemExit(f"the campaign in {folder} has seed {known.seed}, not {chosen.seed}")
    seed = random.randrange(10**9) if chosen.seed is None else chosen.seed
    with everything(folder, kept, seed=seed, bound_s=chosen.bound, logs=chosen.logs) as (campaign, impossible):
        progress = campaign.progress
        kinds = [kind for kind in chosen.kinds if kind not in impossible]
        left_out = {kind: why for kind, why in impossible.items() if kind in chosen.kinds}
        say(f"seed {progress.seed}; kinds {', '.join(kinds)}; left out {left_out or 'none'}")
        until_s = chosen.lasts_s
        if chosen.pause_after is not None:
            until_s = min(until_s, progress.ran_s + chosen.pause_after)
        campaign.run(kinds, until_s=until_s, stop=stop)
        found = campaign.report()
    progress.end()
    progress.report = {
        "seed": progress.seed,
        "ran_s": round(progress.ran_s),
        "finished": progress.is_finished(chosen.lasts_s),
        "segments": [one.report() for one in progress.segments],
        "pauses": progress.pauses(),
        "left_out": left_out,
        **found,
    }
    progress.save()
    return progress.report


def main() -> int:
    chosen = options()
    cage.enter()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end_early(stop))
    with folder_of(chosen.keep) as folder, opened(folder) as kept:
        found = segment(folder, kept, chosen, stop)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    print(text, flush=True)  # noqa: T201 - the report
    if chosen.json is not None:
        chosen.json.write_text(text)
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
