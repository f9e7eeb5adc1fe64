"""The devices of the machine, each tried with a small computation: being listed does not mean that it works."""

from __future__ import annotations

import platform

import torch

from ..placement.problem import choose_device
from ..wire.protocol import Device, DeviceList
from .machine import available_memory


def list_devices() -> DeviceList:
    """Returns the CPU and every graphics device that torch knows, with what went wrong on each."""
    automatic = choose_device("auto").type
    free, total = available_memory()
    found = [("cpu", _cpu_name(), free, total)]
    problems = {}
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            name = f"cuda:{index}"
            try:
                found.append((name, torch.cuda.get_device_name(index), *torch.cuda.mem_get_info(index)))
            except RuntimeError as error:
                found.append((name, name, None, None))
                problems[name] = _line(error)
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        found.append(("mps", "Apple graphics", None, int(torch.mps.recommended_max_memory())))
    return DeviceList(
        tuple(
            Device(name, title, free, total, problems.get(name) or trial(name), name.partition(":")[0] == automatic)
            for name, title, free, total in found
        )
    )


def trial(device: str) -> str | None:
    """Returns what goes wrong when a small picture is computed on the device with its gradient, None when nothing does."""
    try:
        picture = torch.linspace(0, 1, 48, device=device).view(1, 3, 4, 4).requires_grad_(True)
        kernel = torch.ones(2, 3, 3, 3, device=device)
        loss = torch.nn.functional.conv2d(picture, kernel, padding=1).square().mean()
        (slope,) = torch.autograd.grad(loss, picture)
        here, there = float(slope.sum()), EXPECTED
        return None if abs(here - there) < 1e-3 * there else f"computes wrongly: {here:.6g} instead of {there:.6g}"
    except (RuntimeError, NotImplementedError, AssertionError) as error:
        return _line(error)


def _expected() -> float:
    """The same in numpy and by hand: the sum of the gradient of the mean square of the smoothed ramp."""
    import numpy as np

    ramp = np.linspace(0, 1, 48).reshape(3, 4, 4).sum(0)
    padded = np.pad(ramp, 1)
    smooth = np.sum([padded[i : i + 4, j : j + 4] for i in range(3) for j in range(3)], 0)
    reach = np.pad(np.ones((4, 4)), 1)
    seen = np.sum([reach[i : i + 4, j : j + 4] for i in range(3) for j in range(3)], 0)
    # Each of 2 x 16 outputs has slope 2/32 of its value in each of the 3 x (pixels it sees) inputs.
    return float((2 * smooth * 2 / 32 * 3 * seen).sum())


EXPECTED = _expected()


def _cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "CPU"


def _line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
