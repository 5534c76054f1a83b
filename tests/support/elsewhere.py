"""A simulated accelerator. Its tensors compute on the CPU, but can't be mixed with tensors of the CPU.

On a CPU, a tensor on the wrong device goes unnoticed; on a GPU, the first such mistake ends the training. Here it does,
too: a tensor of the device ``elsewhere:0`` wraps a real one, and an operation on tensors of both devices raises the
error of CUDA. It does not simulate a GPU's own kernels: run the same tests on a GPU for that.

It changes torch for the whole process, so run it as a separate process::

    python -m tests.support.elsewhere model train DATA OUT …    # a command of `mingchu`, trained elsewhere
    python -m tests.support.elsewhere see WEIGHTS SHA256        # their model.pt in the engine `ultralytics`
    python -m tests.support.elsewhere mix                       # the mistake to detect
"""

# ruff: noqa: ANN401 - what passes through is of any type

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import numpy as np
import torch
import ultralytics.engine.trainer
from torch.overrides import TorchFunctionMode
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from deploy.cli import main as mingchu
from vision.engines.precision import drawn
from vision.engines.ultralytics import UltralyticsEngine
from vision.training import train
from vision.weights.shipped import load

NAME = "elsewhere"
_OPS = torch.ops.aten
_CARRY = {_OPS._to_copy.default, _OPS.copy_.default}
"""Operations that accept tensors of two devices: copies."""
_PICK = {_OPS.index.Tensor, _OPS.index_put_.default, _OPS._index_put_impl_.default}
"""Operations that accept CPU indices for tensors of the device, as on CUDA."""


class Module(backend_registration._DummyBackendModule):
    """The functions that torch and Ultralytics need from a kind of device."""

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]

    def memory_reserved(self) -> int:
        return 0

    def empty_cache(self) -> None:
        pass

    def get_device_properties(self, _: object) -> SimpleNamespace:
        return SimpleNamespace(total_memory=1)


class There(torch.Tensor):
    """A tensor that reports the simulated device; ``here`` is the real one."""

    here: torch.Tensor

    @staticmethod
    def __new__(cls: type[Self], here: torch.Tensor) -> Self:
        made: Self = torch.Tensor._make_wrapper_subclass(
            cls,
            here.size(),
            strides=here.stride(),
            storage_offset=here.storage_offset(),
            dtype=here.dtype,
            device=torch.device(NAME, 0),
        )
        made.here = here
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, _: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


def computed(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Run the operation on the real tensors; the result is on the device of the inputs, or the requested one."""
    tensors = [value for value in tree_flatten((args, kwargs))[0] if isinstance(value, torch.Tensor)]
    there = [tensor for tensor in tensors if isinstance(tensor, There)]
    left = [tensor for tensor in tensors if not isinstance(tensor, There) and tensor.dim()]
    if there and left and func not in _CARRY and not (func in _PICK and isinstance(args[0], There)):
        raise RuntimeError(f"{func}: expected all tensors to be on the same device, {len(left)} is on the CPU")
    device = kwargs.get("device")
    goes = bool(there) if device is None else torch.device(device).type == NAME
    plain = {**kwargs, **({} if device is None else {"device": "cpu"}), **({"pin_memory": False} if goes else {})}
    plain = {name: value for name, value in plain.items() if name in kwargs}
    inner: Callable[[Any], Any] = lambda value: value.here if isinstance(value, There) else value  # noqa: E731
    result = func(*tree_map(inner, args), **tree_map(inner, plain))
    written = [i for i, s in enumerate(func._schema.arguments) if s.alias_info and s.alias_info.is_write]
    returns = func._schema.returns
    if returns and all(r.alias_info and r.alias_info.is_write for r in returns):  # in place: the argument itself
        changed = [args[i] if i < len(args) else kwargs[func._schema.arguments[i].name] for i in written]
        return changed[0] if len(returns) == 1 else tuple(changed)
    return tree_map(lambda value: There(value) if goes and type(value) is torch.Tensor else value, result)


class _Dispatched(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, _: Any, args: Sequence[Any] = (), kwargs: Any = None) -> Any:
        return computed(func, args, kwargs or {})


class _Asked(TorchFunctionMode):
    """Functions of torch that bypass the dispatcher."""

    def __torch_function__(self, func: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.tensor and kwargs.get("device") and torch.device(kwargs["device"]).type == NAME:
            device = kwargs.pop("device")
            return func(*args, **kwargs).to(device)
        if func is torch.Tensor.pin_memory:
            return args[0]
        if args and isinstance(args[0], There):
            if func is torch.Tensor.tolist:
                return args[0].here.tolist()
            if func is torch.Tensor.__getitem__ and isinstance(args[1], list):
                return args[0][torch.tensor(args[1])]
        return func(*args, **kwargs)


def begin() -> torch.library.Library:
    """Register the device with torch, as long as the returned value is kept."""
    backend_registration._setup_privateuseone_for_python_backend(NAME, backend_module=Module())
    library = torch.library.Library("_", "IMPL")
    library.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")  # autocast has no effect on the device
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    # a view of a tensor of another class can't be made in inference mode
    torch.inference_mode = lambda *_, **__: torch.no_grad()
    return library


def trained(arguments: Sequence[str]) -> None:
    """Run a command of `mingchu` with training on the simulated device."""
    ultralytics.engine.trainer.select_device = lambda *_, **__: torch.device(NAME, 0)
    here = train.train

    def elsewhere(plan: train.TrainPlan, **how: Any) -> Any:
        with _Dispatched(), _Asked():
            return here(plan, **how)

    train.train = elsewhere
    mingchu(list(arguments))


def seen(folder: Path, digest: str) -> float:
    """Return the largest difference between the engine's outputs for two simulated kitchens on both devices."""
    entry = load(folder)
    entry = replace(entry, sha256={**entry.sha256, "model.pt": digest})
    canvases = list(islice(drawn(entry.imgsz), 2))
    here = UltralyticsEngine(entry, device="cpu").infer(canvases)
    with _Dispatched(), _Asked():
        there = UltralyticsEngine(entry, device=f"{NAME}:0").infer(canvases)
    return max(float(np.abs(a - b).max()) for a, b in zip(here, there, strict=True))


def mixed() -> None:
    """Make the mistake."""
    with _Dispatched(), _Asked():
        torch.ones(2).to(f"{NAME}:0") + torch.ones(2)


if __name__ == "__main__":
    kept = begin()
    match sys.argv[1:]:
        case ["mix"]:
            mixed()
        case ["see", folder, digest]:
            sys.stdout.write(f"{seen(Path(folder), digest)}\n")
        case arguments:
            trained(arguments)
