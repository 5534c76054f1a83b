"""Open the evidence store that the settings name."""

from models.base.errors import Invalid
from models.base.settings import PlatformSettings
from models.evidence.files import EvidenceFiles


def open_evidence(settings: PlatformSettings) -> EvidenceFiles:
    """Open the evidence store, for the roles that need one.

    Raises:
        Invalid: the setting is missing, or is no address of a store.
    """
    if settings.evidence_dir is None:
        raise Invalid("MINGCHU_EVIDENCE_DIR: expected the folder of the evidence store")
    return EvidenceFiles.at(settings.evidence_dir, settings.evidence_store)
