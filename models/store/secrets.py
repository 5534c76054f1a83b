"""The secrets that the database holds encrypted, all of them: counted, and encrypted anew with another key."""

from dataclasses import dataclass

from models.base.errors import Invalid
from models.base.sealed import MARK, SecretBox
from models.store.connect import Read, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """How many secrets there are, by what encrypts them; `lost` ones no key decrypts."""

    current: int
    older: int
    plain: int
    lost: int


def count(r: Read, box: SecretBox) -> Secrets:
    """Count the secrets by what encrypts them."""
    kinds = [_kind(box, text) for _, _, text in r.tuples("secrets", "all")]
    return Secrets(
        current=kinds.count("current"), older=kinds.count("older"), plain=kinds.count("plain"), lost=kinds.count("lost")
    )


def renew(w: Write, box: SecretBox) -> int:
    """Encrypt every secret with the first key; return how many it did not encrypt before. Lost ones stay."""
    renewed = 0
    for place, key, text in w.tuples("secrets", "all"):
        if _kind(box, text) not in {"older", "plain"}:
            continue
        params = {"key": key, "before": text, "after": box.renewed(text)}
        if place == "app_user.totp_secret":
            renewed += w.run("secrets", "renew_factor", params)
        elif place == "channel_secret.address":
            renewed += w.run("secrets", "renew_address", params)
        else:
            renewed += w.run("secrets", "renew_webhook", params)
    return renewed


def _kind(box: SecretBox, text: str) -> str:
    if not text.startswith(MARK):
        return "plain"
    if box.is_current(text):
        return "current"
    try:
        box.unseal(text)
    except Invalid:
        return "lost"
    return "older"
