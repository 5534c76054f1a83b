"""Quantisation-aware training: layers round as an int8 graph does, so that the weights adapt to it.

Weights are rounded per output channel, a layer's input with one scale for the whole tensor, as OpenVINO does. The
gradient passes as if nothing were rounded.
"""

from typing import Any, Final, Self

import torch
from torch import nn

_LEVELS: Final = 255
_WEIGHT_LEVELS: Final = 127
_MEMORY: Final = 0.95
"""Weight of the earlier range in the moving average of a layer's input range."""


class _Rounded(torch.autograd.Function):  # type: ignore[misc]
    """Rounds values to 256 levels between `low` and `high`; the gradient ignores the rounding."""

    @staticmethod
    def forward(_: Any, values: torch.Tensor, low: float, high: float) -> torch.Tensor:  # noqa: ANN401 - the library's
        step = (high - low) / _LEVELS
        return (
            values.float()
            .mul(1 / step)
            .round_()
            .clamp_(round(low / step), round(high / step))
            .mul_(step)
            .to(values.dtype)
        )

    @staticmethod
    def backward(_: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # noqa: ANN401 - the library's
        return gradient, None, None


class RoundedConv(nn.Conv2d):  # type: ignore[misc]
    """A convolution that rounds its weights and its input, whose range it measures during training."""

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Self:
        """Convert a layer in place, with the same weights; return it."""
        layer.__class__ = cls
        layer.register_buffer("shown", torch.zeros(2))
        return layer  # type: ignore[no-any-return]

    def plain(self) -> None:
        """Convert it back to a plain convolution, in place."""
        del self.shown
        self.__class__ = nn.Conv2d

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) → (N, C', H', W')."""
        if self.training:
            self._look(values.detach())
        low, high = self.shown.tolist()
        seen = _Rounded.apply(values, low, high) if high > low else values
        spread = self.weight.detach().abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-8) / _WEIGHT_LEVELS
        weight = self.weight + ((self.weight / spread).round() * spread - self.weight).detach()
        return self._conv_forward(seen, weight, self.bias)

    def _look(self, values: torch.Tensor) -> None:
        low, high = (bound.float() for bound in torch.aminmax(values))
        now = torch.stack([low.clamp_max(0), high.clamp_min(0)])
        first = bool((self.shown == 0).all())
        self.shown.copy_(now if first else self.shown * _MEMORY + now * (1 - _MEMORY))


def rounded(model: nn.Module) -> None:
    """Make every convolution of a detector round, except the one that decodes boxes."""
    for name, layer in model.named_modules():
        if type(layer) is nn.Conv2d and ".dfl" not in name:
            RoundedConv.of(layer)


def plain(model: nn.Module) -> None:
    """Undo `rounded`."""
    for layer in model.modules():
        if isinstance(layer, RoundedConv):
            layer.plain()
