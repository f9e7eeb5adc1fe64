"""Prompt templates: the same prompt in several wordings, whose average direction is steadier than any one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...errors import SettingsError
from .open_clip_import import import_open_clip

# Wordings that fit rendered pictures of a placed object. None speaks of size: "large" and "small", which OpenAI's list
# has, would pull at the very thing that is being placed.
SHORT = (
    "{}",
    "a photo of {}.",
    "a picture of {}.",
    "a rendering of {}.",
    "a computer graphics image of {}.",
    "a scene with {}.",
)
TEMPLATE_SETS = ("none", "short", "openai")


def wordings(prompt: str, templates: str | Sequence[str] = "short") -> list[str]:
    """Returns the texts whose embeddings are averaged.

    ``none``: the prompt as it is; ``short``: six wordings for rendered scenes; ``openai``: the 80 of OpenAI's ImageNet
    evaluation, which open_clip carries; or own templates with ``{}`` where the prompt goes. Where a template brings its
    own article ("a photo of the {}") the prompt's is left out. Raises ``SettingsError`` for an unknown set.
    """
    prompt = prompt.strip()
    if isinstance(templates, str):
        if templates not in TEMPLATE_SETS:
            raise SettingsError(f"unknown prompt templates '{templates}'; there are {', '.join(TEMPLATE_SETS)}")
        if templates == "none":
            return [prompt]
        chosen = list(SHORT) if templates == "short" else _openai_templates()
    else:
        chosen = list(templates)
        lacking = [t for t in chosen if "{}" not in t]
        if lacking or not chosen:
            raise SettingsError(f"prompt template '{lacking[0] if lacking else ''}' has no {{}} where the prompt goes")
    return [_fill(t, prompt) for t in chosen]


def _openai_templates() -> list[str]:
    return [t("{}") for t in import_open_clip().OPENAI_IMAGENET_TEMPLATES]


def _fill(template: str, prompt: str) -> str:
    text = prompt if template == "{}" else prompt.rstrip(".!")
    if re.search(r"\b(a|an|the|my|one) ([a-z]+ )*\{\}", template, re.IGNORECASE) and not re.search(
        r"\b(of|with) \{\}", template
    ):
        text = re.sub(r"^(a|an|the)\s+", "", text, flags=re.IGNORECASE)
    return template.replace("{}", text)
