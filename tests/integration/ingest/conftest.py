from tests.support.rig import broker, rig

__all__ = ["broker", "rig"]
