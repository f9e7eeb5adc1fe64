"""Translations of the interface's main words, and the ways to ask for them."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from .texts_da import DANISH
from .texts_de import GERMAN

CHARACTER = 6.4
"""Mean width of a letter of Blender's interface font, pixels at 1x."""
LEAST_LETTERS = 18


def register() -> None:
    """Hands the translations to Blender."""
    bpy.app.translations.register(__package__, catalogue())


def unregister() -> None:
    """Takes them back."""
    bpy.app.translations.unregister(__package__)


def catalogue() -> dict[str, dict[tuple[str, str], str]]:
    """Returns the translations in the form that Blender wants; labels of operators have a context of their own."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for language, words in (("de", GERMAN), ("da", DANISH)):
        table = found[language] = {}
        for english, own in words.items():
            table["*", english] = own
            table["Operator", english] = own
    return found


def say(text: str) -> str:
    """Returns an interface text in the user's language."""
    return bpy.app.translations.pgettext_iface(text) if text else text


def wrapped(text: str, width: int, scale: float) -> list[str]:
    """Returns the lines of a text in a region ``width`` pixels wide at this interface scale: labels do not wrap."""
    letters = max(LEAST_LETTERS, int((width - 50 * scale) / (CHARACTER * scale)))
    return textwrap.wrap(text, letters, break_long_words=True) or [""]


def draw_wrapped(layout: Any, context: Any, text: str, icon: str = "NONE") -> None:
    """Draws a text over as many lines as the region needs; the icon stands before the first."""
    region = context.region
    width, scale = (region.width if region is not None else 300), context.preferences.system.ui_scale or 1.0
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(wrapped(text, width, scale)):
        blank = "BLANK1" if icon != "NONE" else "NONE"
        column.label(text=line, icon=icon if index == 0 else blank, translate=False)
