from tests.integration.api.conftest import rig

__all__ = ["rig"]
