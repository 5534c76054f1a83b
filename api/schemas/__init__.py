"""Request and response bodies of the API."""

from api.schemas.alerts import AlertDetail, AlertOut, ConfirmIn, ConfirmOut, HazardIn, InconclusiveIn, RejectIn
from api.schemas.cameras import (
    AdviceOut,
    CameraIn,
    CameraOut,
    CameraPatch,
    DecommissionIn,
    LookIn,
    LookOut,
    RegionIn,
    SecretOut,
    SettleIn,
)
from api.schemas.common import In, Out, Page, ProblemOut, WrongField
from api.schemas.devices import CameraDayOut, ConditionOut, DeviceOut, GapOut, HistoryOut, PointOut
from api.schemas.events import EventsOut, SnapshotOut, StateOut
from api.schemas.evidence import ClipOut, CopyOut, EvidenceDetail, EvidenceOut, UploadedOut
from api.schemas.quarantine import QuarantineOut
from api.schemas.registry import MeOut, SiteOut
from api.schemas.tasks import StepIn, SubmitIn, TaskDetail, TaskOut, TransitionOut
from api.schemas.violations import ViolationOut

__all__ = [
    "AdviceOut",
    "AlertDetail",
    "AlertOut",
    "CameraDayOut",
    "CameraIn",
    "CameraOut",
    "CameraPatch",
    "ClipOut",
    "ConditionOut",
    "ConfirmIn",
    "ConfirmOut",
    "CopyOut",
    "DecommissionIn",
    "DeviceOut",
    "EventsOut",
    "EvidenceDetail",
    "EvidenceOut",
    "GapOut",
    "HazardIn",
    "HistoryOut",
    "In",
    "InconclusiveIn",
    "LookIn",
    "LookOut",
    "MeOut",
    "Out",
    "Page",
    "PointOut",
    "ProblemOut",
    "QuarantineOut",
    "RegionIn",
    "RejectIn",
    "SecretOut",
    "SettleIn",
    "SiteOut",
    "SnapshotOut",
    "StateOut",
    "StepIn",
    "SubmitIn",
    "TaskDetail",
    "TaskOut",
    "TransitionOut",
    "UploadedOut",
    "ViolationOut",
    "WrongField",
]
