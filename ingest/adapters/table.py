"""One table from vendors' names to our codes. Polarity is stated for each: an alarm named CHEF_HAT means *no* hat.

A name that says all is well, or that nobody could tell, is never a violation. Sources: domain notes on the Chinese
kitchen models (Aliyun, Tencent, Volcengine, the `mclz_alarm` edge boxes), the numbers of the video-analysis
extension of GB/T 28181, Hikvision's ISAPI event types, Frigate's object labels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Class of meaning of a vendor's name."""

    violation = "violation"
    device = "device"
    compliant = "compliant"
    unknown = "unknown"
    nothing = "nothing"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Meaning of a vendor's name; `code` is our code for a violation or a condition of the camera."""

    kind: Kind
    code: str | None = None


UNTRANSLATED = Meaning(Kind.unknown)
"""Meaning of a name missing in the table: kept and shown, never counted as a violation."""


def _violation(code: str) -> Meaning:
    return Meaning(Kind.violation, code)


def _device(code: str) -> Meaning:
    return Meaning(Kind.device, code)


_FINE, _UNSURE, _NOTHING = Meaning(Kind.compliant), Meaning(Kind.unknown), Meaning(Kind.nothing)

TABLE: Mapping[str, Mapping[str, Meaning]] = {
    # Alarm names: each means that the rule is broken.
    "edge_box": {
        "TRASHBIN": _violation("trash_lid_open"),
        "MICE": _violation("rodent"),
        "CHEF_CLOTH": _violation("no_uniform"),
        "CHEF_HAT": _violation("no_chef_hat"),
        "CHEF_RESPIRATOR": _violation("no_mask"),
        "RUBBER_GLOVE": _violation("no_gloves"),
        "FLAME_WITHOUT_HUMAN": _violation("fire_unattended"),
        "SMOKING": _violation("smoking"),
        "CALL": _violation("phone_use"),
        "WATCH_PHONE": _violation("phone_use"),
        "WATCH_POINE": _violation("phone_use"),  # real boxes misspell it like this
        "INTRUSION": _violation("unauthorized_person"),
        "IMAGE_COVER_ALERT": _device("camera_occluded"),
        "LEAVE_POST": _NOTHING,
        "SLEEP": _NOTHING,
        "FALL": _NOTHING,
    },
    # Labels of a classified head: `untreated` means that the box could not decide.
    "aliyun": {"head": _violation("no_chef_hat"), "chefcap": _FINE, "untreated": _UNSURE},
    "volcengine": {"no_chef_hat": _violation("no_chef_hat"), "with_chef_hat": _FINE},
    # DetectChefDress returns an attribute and one of 有/无/不确定; written here as `attribute=value`.
    "tencent": {
        "厨师服=有": _FINE,
        "厨师服=无": _violation("no_uniform"),
        "厨师服=不确定": _UNSURE,
        "厨师帽=有": _FINE,
        "厨师帽=无": _violation("no_chef_hat"),
        "厨师帽=不确定": _UNSURE,
        "口罩=有": _FINE,
        "口罩=无": _violation("no_mask"),
        "口罩=不确定": _UNSURE,
        "赤膊=有": _violation("bare_torso"),
        "赤膊=无": _FINE,
        "赤膊=不确定": _UNSURE,
    },
    # Numbers of the video-analysis extension.
    "gb28181_analysis": {
        "604": _violation("phone_use"),
        "605": _violation("no_chef_hat"),
        "606": _violation("no_mask"),
        "607": _violation("smoking"),
        "608": _violation("no_gloves"),
        "609": _violation("no_uniform"),
        "611": _violation("floor_dirty"),
        "612": _violation("trash_lid_open"),
        "614": _violation("rodent"),
        "615": _device("camera_moved"),
        "616": _device("camera_blurred"),
        "618": _NOTHING,
        "619": _violation("fire_smoke"),
        "630": _violation("trash_overflow"),
        "638": _violation("phone_use"),
    },
    # AlarmMethod/AlarmType. Types 4 and 5 under method 2 are the device's own temperature, not a fridge's.
    "gb28181": {
        "2/1": _device("camera_offline"),
        "2/2": _device("camera_occluded"),
        "2/3": _NOTHING,
        "2/4": _NOTHING,
        "2/5": _NOTHING,
        "5/2": _NOTHING,
        "5/3": _violation("clutter"),
        "5/5": _NOTHING,
        "5/6": _violation("unauthorized_person"),
        "5/11": _device("camera_occluded"),
        "6/1": _NOTHING,
        "6/2": _NOTHING,
    },
    "hikvision": {
        "videoloss": _device("camera_offline"),
        "shelteralarm": _device("camera_occluded"),
        "tamperdetection": _device("camera_occluded"),
        "defocus": _device("camera_blurred"),
        "scenechangedetection": _device("camera_moved"),
        "fielddetection": _violation("unauthorized_person"),
        "regionEntrance": _violation("unauthorized_person"),
        "unattendedBaggage": _violation("clutter"),
        "fireDetection": _violation("fire_smoke"),
        "smokeDetection": _violation("fire_smoke"),
        "fireSmokeDetection": _violation("fire_smoke"),
        "VMD": _NOTHING,
        "linedetection": _NOTHING,
        "regionExiting": _NOTHING,
        "IO": _NOTHING,
        "diskfull": _NOTHING,
        "diskerror": _NOTHING,
        "heartBeat": _NOTHING,
    },
    # Labels of COCO models: its `mouse` is the one of a computer.
    "frigate": {
        "cat": _violation("animal_intrusion"),
        "dog": _violation("animal_intrusion"),
        "rodent": _violation("rodent"),
        "rat": _violation("rodent"),
        "fire": _violation("fire_smoke"),
        "smoke": _violation("fire_smoke"),
        "mouse": _NOTHING,
        "person": _NOTHING,
        "cell phone": _NOTHING,
    },
}


def meaning(vendor: str, name: str) -> Meaning:
    """Return the meaning of a vendor's name; `UNTRANSLATED` if the table does not have it."""
    return TABLE[vendor].get(name, UNTRANSLATED)
