"""What the preferences show of the runtime and what their buttons do: one task at a time, in a process of its own.

No bpy: the preferences draw a ``View`` and call the methods, tests do the same.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import folder, kinds
from .ask import choice_to_json
from .child import Child
from .kinds import COMMAND, MANAGED, Choice
from .locked import KINDS, LOCKS, Lock, kinds_of, likely_kind, read_lock, this_platform, this_python
from .plan import Plan, offline, plan
from .problems import RuntimeProblem

FRESH = 1.0
"""Seconds that the look into the runtime's folder is kept."""
STAGES = {
    "download": "Downloading", "unpack": "Unpacking", "probe": "Testing", "verify": "Verifying", "remove": "Removing",
    "greet": "Starting", "models": "Listing Models", "model": "Downloading Model",
}  # fmt: skip
DONE = {
    "install": "The runtime is installed", "verify": "All files are as they were installed", "repair": "The runtime is repaired",
    "discard": "What was not finished is removed", "remove": "The runtime is removed", "test": "A worker starts",
    "models": "", "download": "The model is downloaded", "delete": "The model is deleted",
}  # fmt: skip
WORKER_STOPS = ("install", "repair", "remove")
"""Tasks before which the worker has to end: its files change."""


@dataclass(frozen=True)
class Wishes:
    """What the preferences say. ``torch``: the kind of managed runtime, "" for what suits this machine."""

    choice: Choice
    torch: str = ""
    online: bool = False
    wheel_folder: Path | None = None
    version: str = ""
    platform: str = field(default_factory=this_platform)
    locks: Path = LOCKS

    @property
    def kinds(self) -> list[str]:
        """The kinds of runtime that can be installed here."""
        return kinds_of(self.platform, this_python(), self.locks)

    def lock(self) -> Lock:
        """Returns the wheels that would be installed. Raises RuntimeProblem when there are none for this machine."""
        return read_lock(self.platform, self.torch or likely_kind(self.kinds) or "cpu", this_python(), self.locks)


@dataclass(frozen=True)
class Task:
    """What is under way. ``done``: share, None when that is not known."""

    action: str
    stage: str = ""
    text: str = ""
    done: float | None = None
    stopping: bool = False

    @property
    def line(self) -> str:
        """One line for the progress bar."""
        if self.stopping:
            return "Cancelling"
        share = f" {100 * self.done:.0f} %" if self.done is not None else ""
        return f"{STAGES.get(self.stage, 'Starting')}{share}{': ' + self.text if self.text else ''}"


@dataclass(frozen=True)
class Outcome:
    """How the last task ended: a line, and what to do when it went wrong. ``choice``: what it was about."""

    action: str
    text: str
    remedy: str = ""
    ok: bool = True
    choice: Choice | None = None


@dataclass(frozen=True)
class Button:
    """A button: the action it stands for and what is written on it."""

    action: str
    label: str
    icon: str


@dataclass(frozen=True)
class View:
    """All that is drawn of the runtime. ``icon`` belongs to ``status``; ``task`` shows a bar and Cancel."""

    status: str
    icon: str
    lines: tuple[str, ...] = ()
    problem: str = ""
    remedy: str = ""
    task: Task | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class ModelRow:
    """A model: ``state`` is builtin, cached (downloaded) or known (can be downloaded)."""

    spec: str
    state: str
    bytes: int | None
    note: str


BUTTONS = {
    "install": Button("install", "Install", "IMPORT"),
    "update": Button("install", "Update", "FILE_REFRESH"),
    "resume": Button("install", "Resume", "PLAY"),
    "back": Button("discard", "Roll Back", "LOOP_BACK"),
    "over": Button("discard", "Discard", "X"),
    "test": Button("test", "Test", "CHECKMARK"),
    "verify": Button("verify", "Verify", "VIEWZOOM"),
    "repair": Button("repair", "Repair", "TOOL_SETTINGS"),
    "remove": Button("remove", "Remove", "TRASH"),
}


class Desk:
    """The runtime's state in this Blender. ``before_change`` is called before files of a running worker change."""

    def __init__(self, spawn: Callable[[Sequence[str], Mapping[str, str]], Any] = Child) -> None:
        self.task: Task | None = None
        self.outcome: Outcome | None = None
        self.devices: dict[str, str] = {}
        self.models: tuple[ModelRow, ...] | None = None
        self.model_folder = ""
        self.model_free: int | None = None
        self.before_change: Callable[[], None] = lambda: None
        self._spawn = spawn
        self._child: Any = None
        self._ended: dict[str, Any] | None = None
        self._choice: Choice | None = None
        self._notes: list[str] = []
        self._seen: tuple[float, Path, folder.Contents] | None = None

    # ------------------------------------------------------------------ what the buttons do

    def plan(self, wishes: Wishes) -> Plan:
        """Returns what Install would do. Raises RuntimeProblem when this machine has no lock or the folder no disk."""
        lock = wishes.lock()
        root = wishes.choice.root
        near = root
        while not near.exists() and near != near.parent:
            near = near.parent
        try:
            free = shutil.disk_usage(near).free
        except OSError as error:
            raise RuntimeProblem(
                "folder", f"{root} cannot be reached", "choose another folder for the runtime"
            ) from error
        return plan(lock, self.contents(root, fresh=True), free, wishes.online, wishes.wheel_folder)

    def start(self, action: str, wishes: Wishes, model: str = "") -> None:
        """Begins a task; its end is in ``outcome``. Nothing happens while another one is under way."""
        if self.task is not None:
            return
        self.outcome, self._ended, self._notes, self._choice = None, None, [], wishes.choice
        if action == "download" and not wishes.online:
            problem = offline()
            self.outcome = Outcome(
                action, problem.message, "switch on Allow Online Access in Preferences > System", False
            )
            return
        if action in WORKER_STOPS:
            self.before_change()
        try:
            # Known by this name whatever the extension is called in Blender: the folder is on the path.
            self._child = self._spawn(self._argv(action, wishes, model), kinds.clean([str(kinds.CORE)]))
        except OSError as error:
            self.outcome = Outcome(
                action, f"Blender's Python cannot be started: {error.strerror}", "name an existing Python", False
            )
            return
        self.task = Task(action)

    def _argv(self, action: str, wishes: Wishes, model: str) -> list[str]:
        package = "sgvop_blender.runtime"
        if action in ("test", "models", "download", "delete"):
            rest = [action, choice_to_json(wishes.choice), wishes.version, *([model] if model else [])]
            return [wishes.choice.blender_python, "-m", f"{package}.ask", *rest]
        rest = [action, str(wishes.choice.root)]
        if action == "install":
            lock = wishes.lock()
            rest += ["--platform", lock.platform, "--kind", lock.kind, "--locks", str(wishes.locks)]
        if wishes.online:
            rest.append("--online")
        if wishes.wheel_folder is not None:
            rest += ["--wheels", str(wishes.wheel_folder)]
        return [wishes.choice.blender_python, "-m", f"{package}.install", *rest]

    def cancel(self) -> None:
        """Ends the task; an installation can be resumed."""
        if self.task is not None and not self.task.stopping:
            self.task = replace(self.task, stopping=True)
            self._child.stop()

    def close(self) -> None:
        """Ends the task at once, for when the extension is disabled."""
        if self._child is not None and self.task is not None:
            self._child.kill()
        self._child = self.task = None

    def tick(self) -> bool:
        """Returns whether something changed that is shown; reads what the process told."""
        if self.task is None or self._child is None:
            return False
        before = self.task, self.outcome
        code = self._child.code
        for line in self._child.poll():
            self._take(line)
        if code is not None:
            self._end(code)
            self.outcome = replace(self.outcome, choice=self._choice) if self.outcome is not None else None
        return (self.task, self.outcome) != before

    def _take(self, line: dict[str, Any]) -> None:
        if "stage" in line and self.task is not None:
            done = line.get("done")
            self.task = replace(
                self.task,
                stage=str(line["stage"]),
                text=str(line.get("text", "")),
                done=float(done) if done is not None else None,
            )
        elif "note" in line:
            self._notes.append(str(line["note"]))
        elif "finished" in line or "problem" in line:
            self._ended = line

    def _end(self, code: int) -> None:
        assert self.task is not None
        task, ended = self.task, self._ended or {}
        self.task, self._seen = None, None
        if "problem" in ended:
            told = ended["problem"]
            self.outcome = Outcome(task.action, str(told["message"]), str(told["remedy"]), False)
        elif "finished" in ended:
            self.outcome = self._finished(task.action, ended["finished"])
        elif task.stopping:
            text = "Cancelled; Resume goes on where it stopped" if task.action == "install" else "Cancelled"
            self.outcome = Outcome(task.action, text)
        else:
            why = self._child.last_error or f"it ended with code {code}"
            self.outcome = Outcome(task.action, f"The task broke off: {why}", "try again; what came is kept", False)
        self._child = None

    def _finished(self, action: str, result: dict[str, Any]) -> Outcome:
        self.devices = dict(result.get("devices") or self.devices)
        if "models" in result:
            self.models = tuple(
                ModelRow(str(m["spec"]), str(m["state"]), m["bytes"], str(m["note"])) for m in result["models"]
            )
            self.model_folder, self.model_free = str(result["folder"]), result["free"]
        if action == "verify" and result["broken"]:
            name, reason = result["broken"][0]
            more = f" and {len(result['broken']) - 1} more" if len(result["broken"]) > 1 else ""
            return Outcome(action, f"{name}{more} is not as it was installed: {reason}", "press Repair", False)
        text = DONE[action]
        if result.get("repaired"):
            text += f": {', '.join(result['repaired'])}"
        if result.get("line"):
            text += f": {result['line']}"
        return Outcome(action, "; ".join([text, *self._notes]))

    # ------------------------------------------------------------------ what is shown

    def contents(self, root: Path, fresh: bool = False) -> folder.Contents:
        """Returns what the runtime's folder holds, as of a second ago at most."""
        now = time.monotonic()
        if fresh or self._seen is None or self._seen[1] != root or now - self._seen[0] > FRESH:
            self._seen = (now, root, folder.examine(root))
        return self._seen[2]

    def view(self, wishes: Wishes) -> View:
        """Returns what is drawn of the runtime."""
        shown = self._managed(wishes) if wishes.choice.kind == MANAGED else self._named(wishes)
        if self.task is not None:
            return replace(shown, task=self.task, buttons=())
        if self.outcome is None or self.outcome.action in ("models", "download", "delete"):
            return shown
        if self.outcome.choice not in (None, wishes.choice):
            return shown
        if self.outcome.ok:
            return replace(shown, lines=(*shown.lines, self.outcome.text))
        return replace(shown, icon="ERROR", problem=self.outcome.text, remedy=self.outcome.remedy)

    def _managed(self, wishes: Wishes) -> View:
        contents = self.contents(wishes.choice.root)
        where = (f"Folder: {contents.root}",)
        try:
            lock = wishes.lock()
        except RuntimeProblem as problem:
            remove = () if contents.empty else (BUTTONS["remove"],)
            return View("No runtime for this platform", "ERROR", (), problem.message, problem.remedy, None, remove)
        current = contents.current
        unfinished = contents.unfinished is not None
        if current is None or current.lock is None:
            if unfinished or contents.download_bytes:
                return View(
                    "The installation is not finished", "INFO", where, buttons=(BUTTONS["resume"], BUTTONS["over"])
                )
            return View("No runtime is installed", "INFO", where, buttons=(BUTTONS["install"],))
        torch = next((w.version for w in current.lock.wheels if w.name == "torch"), "")
        title = (
            f"{KINDS.get(current.lock.kind, current.lock.kind)} runtime, Python {current.lock.python}, torch {torch}"
        )
        buttons = [BUTTONS[n] for n in ("test", "verify", "repair", "remove")]
        if unfinished:
            buttons = [BUTTONS["resume"], BUTTONS["back"], *buttons]
        if current.lock.python != this_python():
            reason = f"it was installed for Python {current.lock.python}, this Blender has {this_python()}"
            return View(title, "ERROR", where, reason, "press Update", None, (BUTTONS["update"], BUTTONS["remove"]))
        if current.lock.digest != lock.digest and not unfinished:
            other = (
                "another kind was chosen"
                if current.lock.kind != lock.kind
                else "this extension was tested with other versions"
            )
            return View(title, "INFO", (*where, f"An update is there: {other}"), buttons=(BUTTONS["update"], *buttons))
        return View(title, "CHECKMARK", where, buttons=tuple(buttons))

    def _named(self, wishes: Wishes) -> View:
        try:
            argv, _ = kinds.worker_command(wishes.choice)
        except RuntimeProblem as problem:
            return View("No worker can be started", "ERROR", (), problem.message, problem.remedy)
        title = "A command starts the worker" if wishes.choice.kind == COMMAND else "An existing Python runs the worker"
        return View(title, "INFO", (f"Command: {' '.join(argv)[:300]}",), buttons=(BUTTONS["test"],))
