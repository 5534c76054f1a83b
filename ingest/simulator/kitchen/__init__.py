"""Kitchens drawn by our own code: pictures of a ceiling camera, together with the truth about them."""

from ingest.simulator.kitchen.scene import KitchenCamera, Situation, SituationCode, Truth

__all__ = ["KitchenCamera", "Situation", "SituationCode", "Truth"]
