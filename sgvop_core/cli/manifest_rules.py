"""The rules that Blender and the reviewers of its extensions platform hold an add-on's manifest to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

TERSE = 64
"""Characters of a tagline or of a permission's reason, at most."""
OLDEST = (4, 2, 0)
"""The first Blender that has extensions."""
REQUIRED = (
    "schema_version", "id", "version", "name", "tagline", "maintainer", "type", "blender_version_min", "license",
)  # fmt: skip
OPTIONAL = ("blender_version_max", "website", "copyright", "permissions", "tags", "platforms", "wheels", "build")
PERMISSIONS = ("files", "network", "clipboard", "camera", "microphone")
TAGS = (
    "3D View", "Add Curve", "Add Mesh", "Animation", "Bake", "Camera", "Compositing", "Development", "Game Engine",
    "Geometry Nodes", "Grease Pencil", "Import-Export", "Lighting", "Material", "Mesh", "Modeling", "Node", "Object",
    "Paint", "Physics", "Pipeline", "Render", "Rigging", "Scene", "Sculpt", "Sequencer", "System", "Text Editor",
    "Tracking", "User Interface", "UV",
)  # fmt: skip
COMPATIBLE = ("GPL-3.0-or-later", "GPL-2.0-or-later")
"""Licences under which the platform takes add-ons; all that the zip holds has to fit one of them."""
SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def manifest_problems(manifest: Mapping[str, Any]) -> list[str]:
    """Returns one line for each rule that a manifest breaks, none when it keeps them all."""
    found = [f"{key} is missing" for key in REQUIRED if key not in manifest]
    found += [f"{key} is not a key of manifests" for key in manifest if key not in REQUIRED + OPTIONAL]
    found += [f"{key} is empty; leave it out" for key, value in manifest.items() if value in ("", [], {})]
    if found:
        return found
    if manifest["schema_version"] != "1.0.0":
        found.append("schema_version must be 1.0.0")
    found += _identifier(manifest["id"])
    if not SEMANTIC_VERSION.fullmatch(str(manifest["version"])):
        found.append(f"version '{manifest['version']}' must be MAJOR.MINOR.PATCH")
    found += _terse("tagline", manifest["tagline"])
    found += [f"{key} must be plain text" for key in ("name", "maintainer") if not _plain(manifest[key])]
    if manifest["type"] != "add-on":
        found.append("type must be add-on")
    return found + _versions(manifest) + _licence(manifest) + _permissions(manifest) + _tags(manifest)


def _identifier(name: Any) -> list[str]:
    text = str(name)
    if not text.isidentifier() or "__" in text or text.strip("_") != text:
        return [f"id '{text}' must be a Python name without double, leading or trailing underscores"]
    return []


def _plain(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() and value.isprintable()


def _terse(name: str, value: Any) -> list[str]:
    """What is wrong with a text that the platform shows on one line."""
    if not _plain(value):
        return [f"{name} must be one line of plain text"]
    if len(value) > TERSE:
        return [f"{name} has {len(value)} characters, {TERSE} are allowed"]
    if not (value[-1].isalnum() or value[-1] in ")]}"):
        return [f"{name} must not end with '{value[-1]}'"]
    return []


def _versions(manifest: Mapping[str, Any]) -> list[str]:
    found, numbers = [], {}
    for key in ("blender_version_min", "blender_version_max"):
        text = manifest.get(key)
        if text is None:
            continue
        if not re.fullmatch(r"\d+\.\d+\.\d+", str(text)):
            found.append(f"{key} '{text}' must be three numbers, such as 4.2.0")
        else:
            numbers[key] = tuple(int(part) for part in text.split("."))
    low, high = numbers.get("blender_version_min", OLDEST), numbers.get("blender_version_max")
    if low < OLDEST:
        found.append("blender_version_min is before 4.2.0, which brought extensions")
    if high is not None and high <= low:
        found.append("blender_version_max is not above blender_version_min")
    return found


def _licence(manifest: Mapping[str, Any]) -> list[str]:
    found = []
    licences = manifest["license"]
    if not isinstance(licences, list):
        return ["license must be a list"]
    for text in licences:
        if not str(text).startswith("SPDX:"):
            found.append(f"license '{text}' must begin with SPDX:")
    if not any(str(text).removeprefix("SPDX:") in COMPATIBLE for text in licences):
        found.append("license names none of " + ", ".join(COMPATIBLE))
    for text in manifest.get("copyright", []):
        if not re.fullmatch(r"\d+(-\d+)? \S.*", str(text)):
            found.append(f"copyright '{text}' must be a year, or two with a hyphen, and a name")
    return found


def _permissions(manifest: Mapping[str, Any]) -> list[str]:
    permissions = manifest.get("permissions", {})
    if not isinstance(permissions, Mapping):
        return ["permissions must be a table of reasons"]
    found = [f"permission '{name}' is unknown" for name in permissions if name not in PERMISSIONS]
    for name, reason in permissions.items():
        found += _terse(f"the reason for '{name}'", reason)
    return found


def _tags(manifest: Mapping[str, Any]) -> list[str]:
    return [f"tag '{tag}' is not one of the platform's" for tag in manifest.get("tags", []) if tag not in TAGS]
