"""Errors that a user can act on.

Every message names the thing, the cause and the way out, in one line. The command line prints them without a
traceback and ends with exit code 2.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SgvopError(Exception):
    """Base of all errors whose text is meant for the user."""


class SceneError(SgvopError):
    """A scene, file, mesh, camera or object that cannot be used as it is."""


class PromptError(SgvopError):
    """A prompt or an anchor that cannot be resolved against the scene."""


class SettingsError(SgvopError):
    """An option with a value that cannot be honoured."""


class ModelError(SgvopError):
    """A guidance model that is missing, broken or not to be had."""


class NoValidPose(SgvopError):
    """The constraints leave no pose at all; the text says which one empties the space."""


class Cancelled(SgvopError):
    """The caller asked to stop before there was anything to return."""


def did_you_mean(name: str, known: Iterable[str], limit: int = 3) -> str:
    """Returns ``"; did you mean 'a', 'b'?"`` for the closest known names, or the first few known names.

    Matching ignores case. The result is empty when nothing is known.
    """
    names = list(known)
    folded = {n.casefold(): n for n in names}
    close = [folded[c] for c in difflib.get_close_matches(name.casefold(), list(folded), n=limit, cutoff=0.5)]
    if close:
        return "; did you mean " + ", ".join(f"'{c}'" for c in close) + "?"
    if not names:
        return ""
    shown = ", ".join(f"'{n}'" for n in names[:8])
    return f"; there is {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
