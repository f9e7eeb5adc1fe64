"""The runs since Blender started: their titles, what they asked, which are kept; and the last prompts. No bpy here."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from .records import Option, Record
from .settings_map import PanelValues
from .verdicts import verdict

MOST = 20
"""Finished runs that are kept; each holds a handful of small pictures."""
MOST_PROMPTS = 12

prompts: list[str] = []
"""The last prompts, newest first."""


def remember_prompt(text: str) -> None:
    """Puts a prompt at the head of the last ones, each once."""
    text = " ".join(text.split())
    if text:
        prompts[:] = [text, *(p for p in prompts if p != text)][:MOST_PROMPTS]


def asked(values: PanelValues) -> dict[str, Any]:
    """Returns what a record keeps, to ask the same again."""
    return {"values": values.as_json(), "clock": time.strftime("%H:%M")}


def asked_values(record: Record) -> PanelValues | None:
    """Returns the panel's values of a run, None when it was not asked from the panel."""
    plain = record.asked.get("values")
    return None if plain is None else PanelValues.from_json(plain)


def finished(records: Sequence[Record]) -> list[Record]:
    """Returns the runs that have candidates, newest first."""
    return [r for r in reversed(records) if r.outcome == "done" and r.options]


def surplus(records: Sequence[Record], keep: Record | None = None) -> list[Record]:
    """Returns the runs that are not kept: those that came to nothing, and the oldest of too many; never ``keep``."""
    kept = finished(records)[:MOST]
    return [r for r in records if r.outcome != "running" and r not in kept and r is not keep]


def best(record: Record) -> Option | None:
    """Returns the best candidate of the object placed last, None without candidates."""
    try:
        return record.option(0)
    except KeyError:
        return None


def title(record: Record) -> str:
    """Returns a run in one line: when, what and where."""
    names = [start.key.name for start in record.starts] or list(record.objects)
    what = names[0] if len(names) == 1 else f"{names[0]} + {len(names) - 1}" if names else ""
    clock = record.asked.get("clock", "")
    return f"{clock}  {what}: {record.prompt}".strip()


def holds(record: Record) -> bool | None:
    """Returns whether everything holds of the best candidate, None when nothing was checked."""
    option = best(record)
    return None if option is None else verdict(option.checks)
