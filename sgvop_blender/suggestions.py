"""What the fields for the model and the device suggest: what the worker said it has, else what is always known."""

from __future__ import annotations

from typing import Any

from .verdicts import bytes_text


def _answer(name: str) -> Any:
    from . import current

    made = current.running_session()
    return None if made is None else made.answers.get(name)


def models(_group: Any, _context: Any, typed: str) -> list[tuple[str, str]]:
    """Returns (name, remark) of the models that can judge pictures."""
    found = [("auto", "one that is on this computer"), ("builtin", "comes with SGVOP"), ("none", "no pictures")]
    told = _answer("ModelList")
    for model in told.models if told is not None else ():
        if model.state != "builtin":
            here = "on this computer" if model.state == "cached" else f"download, {bytes_text(model.bytes)}"
            found.append((model.spec, ", ".join(part for part in (here, model.note) if part)))
    return [pair for pair in found if typed.lower() in pair[0].lower() or typed in ("auto", "none", "builtin")]


def devices(_group: Any, _context: Any, typed: str) -> list[tuple[str, str]]:
    """Returns (name, remark) of the devices that can compute."""
    told = _answer("DeviceList")
    if told is None:
        return [("auto", "the fastest there is"), ("cpu", ""), ("cuda", "NVIDIA, AMD"), ("mps", "Apple")]
    free = [(d.id, ", ".join(p for p in (d.name, d.problem or _free(d)) if p)) for d in told.devices]
    return [("auto", "the fastest there is"), *free]


def _free(device: Any) -> str:
    text = bytes_text(device.free)
    return f"{text} free" if text else ""
