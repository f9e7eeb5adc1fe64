"""One placement after another, in Blender: the client's machine, its process and the scene, tied together by ``tick``.

The window's timer calls ``tick`` and Blender without a window calls ``run_to_end``, which calls ``tick`` too. Nothing
of it is stored in the .blend; objects are known by keys only.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import bpy

from . import watch
from .apply import push_undo, put_chosen
from .assignment import Assignment
from .client import states as s
from .client.folders import JobFolders
from .client.machine import transition
from .client.process import CannotStart, Launch, WorkerProcess
from .core_wire import protocol as wire
from .live import STRAYS, LiveObjects
from .objects import view_layer_of, why_not
from .records import Option, Record
from .scene_reading import SceneReading

TICK = 0.005
"""Seconds that one tick takes on purpose; a piece of the scene, or Blender's own evaluation, may take longer."""
LOG_LINES = 500


class CannotPlace(ValueError):
    """A job that cannot begin; the text is for the user."""


class Session:
    """The jobs of this Blender. ``launch`` gives how to start a worker, and may raise CannotStart.

    ``state`` is the machine's; ``records`` are the placements, oldest first; ``answers`` the last message of each kind
    that answered a question; ``log`` lines (level, text).
    """

    def __init__(self, launch: Callable[[], Launch], version: str = "") -> None:
        self.launch = launch
        self.state = s.State(version=version)
        self.records: list[Record] = []
        self.answers: dict[str, Any] = {}
        self.log: deque[tuple[str, str]] = deque(maxlen=LOG_LINES)
        self.refused = ""
        self.folders = JobFolders()
        self.longest_tick = 0.0
        self._process: WorkerProcess | None = None
        self._remote = False
        self._events: deque[s.Event] = deque()
        self._feeding = False
        self._number = 0
        self._reading: SceneReading | None = None
        self._live: LiveObjects | None = None
        self._asked: dict[int, Assignment] = {}
        watch.attach(self)

    # -------------------------------------------------------------- what the user asks

    def place(
        self, objects: Sequence[Any], prompt: str, settings: dict[str, Any] | None = None, *, together: bool = False,
        cameras: Iterable[dict[str, Any]] = (), asked: dict[str, Any] | None = None,
    ) -> Record:  # fmt: skip
        """Returns the record of a placement that has begun, of objects in the active view layer.

        ``settings``: fields of PlaceSettings as plain JSON. ``cameras``: entries of the bundle's form, for views that are no
        camera of the scene. ``asked``: kept in the record. Raises CannotPlace.
        """
        if not prompt.strip():
            raise CannotPlace("Write where it belongs, such as 'a cup on the table'")
        layer = bpy.context.view_layer
        for reason in [why_not(o, layer) for o in objects] or [why_not(None, layer)]:
            if reason:
                raise CannotPlace(reason)
        settings = dict(settings or {})
        together = together or bool(settings.get("together"))
        record = Record(0, (), prompt, settings, together, dict(asked or {}))
        record.number = self._number + 1
        self._begin("place", objects, Assignment(prompt=prompt, cameras=tuple(cameras), record=record))
        self.records.append(record)
        return record

    def read_prompt(self, obj: Any, prompt: str, settings: dict[str, Any] | None = None) -> int:
        """Returns the number of a job that asks what is understood of a prompt; ``answers["Understood"]`` comes of it.

        Raises CannotPlace.
        """
        reason = why_not(obj, bpy.context.view_layer)
        if reason:
            raise CannotPlace(reason)
        return self._begin("read", [obj], Assignment(prompt=prompt, settings=dict(settings or {})))

    def download(self, model: str) -> int:
        """Returns the number of a job that downloads a model's weights. Raises CannotPlace."""
        return self._begin("download", (), Assignment(), lambda number: wire.Download(number, model))

    def ask(self, message: Any) -> None:
        """Asks Devices, Models or Free; the answer comes into ``answers`` by the name of its message."""
        self.feed(s.Ask(time.monotonic(), message))

    def cancel(self) -> None:
        """Ends the job under way and puts everything back, at once."""
        self.feed(s.CancelJob(time.monotonic()))

    def restart(self) -> None:
        """Ends the worker and starts a fresh one."""
        self.feed(s.Restart(time.monotonic()))

    def stop(self) -> None:
        """Lets the worker end; the job under way is cancelled."""
        self.feed(s.Stop(time.monotonic()))

    def close(self) -> None:
        """Ends everything now: worker, threads, folders, handlers. Waits for the worker for two seconds at most."""
        self.stop()
        if self._process is not None:
            self._process.end()
            self._process = None
        self.folders.clear()
        watch.detach(self)

    def forget(self, record: Record) -> None:
        """Takes a record out, with its pictures."""
        if record in self.records:
            self.records.remove(record)
        self.folders.drop(record.number)

    @property
    def lines(self) -> tuple[str, ...]:
        """The last lines that the worker wrote for the log."""
        return self._process.lines if self._process is not None else ()

    @property
    def active(self) -> bool:
        """Whether ticks are needed: a worker runs or a job is under way."""
        return self.state.running or self.state.job is not None

    # -------------------------------------------------------------- time

    def tick(self, now: float | None = None, budget: float = TICK) -> bool:
        """Does what there is to do for about ``budget`` seconds; returns whether anything changed that is shown."""
        begun = time.perf_counter()
        now = time.monotonic() if now is None else now
        before = self.state
        if self._process is not None:
            for event in self._process.poll(now, seconds=budget / 2):
                self.feed(event)
        if self._reading is not None:
            self._read_on(now, begun + budget)
        self.feed(s.Tick(now))
        moved = False
        if self._live is not None and self.state.job is not None:
            moved = self._move(now)
        self.longest_tick = max(self.longest_tick, time.perf_counter() - begun)
        return moved or self._looks(before) != self._looks(self.state)

    def run_to_end(self, record: Record, on_tick: Callable[[], None] | None = None) -> Record:
        """Returns the record once its job is over, ticking all the while. ``on_tick`` is called after each."""
        while self.state.job is not None and self.state.job.number == record.number:
            self.tick(budget=0.05)
            if on_tick is not None:
                on_tick()
            if self._reading is not None and self._reading.read:
                time.sleep(0.005)
            elif self._process is not None and self._reading is None:
                self._process.wait(0.05)
        return record

    def settle(self, seconds: float = 5.0) -> None:
        """Ticks until a cancelled job or an ending worker is through, for at most so many seconds."""
        until = time.monotonic() + seconds
        while self.state.phase.ending and time.monotonic() < until:
            self.tick(budget=0.05)
            if self._process is not None:
                self._process.wait(0.05)

    def feed(self, event: s.Event) -> None:
        """Gives the machine an event and carries out what follows, in order."""
        self._events.append(event)
        if self._feeding:
            return
        self._feeding = True
        try:
            while self._events:
                self.state, effects = transition(self.state, self._events.popleft())
                for effect in effects:
                    self._carry_out(effect)
        finally:
            self._feeding = False

    @staticmethod
    def _looks(state: s.State) -> tuple[Any, ...]:
        return state.phase, state.progress, state.failure, state.stalled, state.job and state.job.number

    # -------------------------------------------------------------- effects

    def _carry_out(self, effect: s.Effect) -> None:
        now = time.monotonic()
        if isinstance(effect, s.Start):
            self._start(now)
        elif isinstance(effect, s.Prepare):
            self._prepare(effect.job, now)
        elif isinstance(effect, s.Apply):
            if self._live is not None:
                self._live.aim(effect.matrices)
        elif isinstance(effect, s.Keep):
            self._keep(effect.job, effect.message)
        elif isinstance(effect, s.Done | s.Restore):
            self._end(effect)
        elif isinstance(effect, s.Answer):
            self.answers[type(effect.message).__name__] = effect.message
        elif isinstance(effect, s.Show):
            self.log.append((effect.level, effect.text))
        elif isinstance(effect, s.Refuse):
            self.refused = effect.reason
            if effect.job is not None:
                self._asked.pop(effect.job, None)
        elif self._process is not None:
            if isinstance(effect, s.Send):
                self._process.send(effect.message, effect.files)
            elif isinstance(effect, s.CloseInput):
                self._process.close_input()
            elif isinstance(effect, s.Terminate):
                self._process.terminate()
            else:
                self._process.kill()

    def _start(self, now: float) -> None:
        try:
            launch = self.launch()
            self._process, self._remote = WorkerProcess(launch), launch.remote
        except CannotStart as error:
            self._process = None
            self._events.append(s.NotStarted(now, error.failure))
        else:
            self._events.append(s.Started(now, self._process.pid))

    def _prepare(self, job: int, now: float) -> None:
        asked = self._asked[job]
        try:
            path = self.folders.make(job) / "scene.npz"
        except OSError as error:
            self._unprepared(now, job, error)
            return
        self._reading = SceneReading(path, asked.scene, asked.view_layer, asked.cameras)

    def _read_on(self, now: float, until: float) -> None:
        job, reading = self.state.job, self._reading
        if reading is None or job is None:
            return
        try:
            asked, was_read = self._asked[job.number], reading.read
            done = reading.step(until)
            if reading.read and not was_read:
                asked.scene_is_read(reading)
                if asked.record is not None:
                    self._live = LiveObjects(asked.record.starts)
            if done:
                self._reading = None
                message, files = asked.message(job.number, reading, self._remote)
                self.feed(s.Prepared(now, job.number, message, files))
        except (OSError, ValueError, RuntimeError, ReferenceError) as error:
            self._unprepared(now, job.number, error)

    def _unprepared(self, now: float, job: int, error: Exception) -> None:
        if isinstance(error, OSError):
            where = error.filename or "the temporary folder"
            failure = s.Failure("disk", f"cannot write '{where}': {error.strerror or error}", "free some space")
        else:
            failure = s.Failure("scene", f"the scene cannot be read: {error}", "undo the last change, or try again")
        self.feed(s.Unprepared(now, job, failure))

    def _keep(self, job: int, message: Any) -> None:
        record = self._record(job)
        if isinstance(message, wire.Piece):
            try:
                self.folders.add_piece(job, message.name, message.data)
            except (OSError, ValueError) as error:
                self.log.append(("warning", f"a file of the worker is lost: {error}"))
        elif record is not None and isinstance(message, wire.Candidate):
            m = message
            picture = self.folders.file(job, m.picture)
            record.add(Option(m.index, m.object or next(iter(m.deltas)), m.deltas, m.score, m.terms, m.checks, picture))
        elif record is not None and isinstance(message, wire.Understood):
            record.understood, record.messages = message.reading, message.messages
            self.answers["Understood"] = message

    def _end(self, effect: s.Done | s.Restore) -> None:
        asked = self._asked.pop(effect.job, Assignment())
        if self._reading is not None:
            self._reading.close()
            self._reading = None
        live, self._live = self._live, None
        record = asked.record
        if live is not None:
            live.restore()
            if record is not None:
                record.disturbed = live.disturbed
        if isinstance(effect, s.Done) and isinstance(effect.message, wire.Understood):
            self.answers["Understood"] = effect.message
        if record is None:
            self.folders.drop(effect.job)
            return
        if isinstance(effect, s.Restore):
            record.outcome, record.failure = ("failed" if effect.failure else "cancelled"), effect.failure
            record.options.clear()
            self.folders.drop(effect.job)
            return
        record.outcome, record.seconds = "done", effect.message.seconds
        record.result = self.folders.file(effect.job, effect.message.result) or ""
        self.folders.keep_results(effect.job)
        try:
            put_chosen(record, dict.fromkeys(record.options, 0))
            push_undo("Place " + ", ".join(t.key.name for t in record.starts))
        except (ValueError, KeyError) as error:
            record.failure = s.Failure("scene", str(error), "undo the last change, then apply a candidate")

    # -------------------------------------------------------------- Blender's own events

    def before_undo(self) -> None:
        """Puts the objects back, so that Blender undoes from what the file holds."""
        if self._live is not None:
            self._live.step_aside()

    def after_undo(self) -> None:
        """Goes on when the objects stand where the job found them, else ends the job and leaves them as they are."""
        STRAYS.send_home()
        live = self._live
        if live is None:
            return
        if live.unchanged():
            live.come_back(self._layer())
        else:
            self._live = None
            self.log.append(("warning", "an undo changed the objects being placed; the search was ended"))
            self.cancel()

    def before_save(self) -> None:
        """Puts the objects back, so that nothing of the job is saved."""
        if self._live is not None:
            self._live.step_aside()

    def after_save(self) -> None:
        """Shows the best so far again."""
        if self._live is not None:
            self._live.come_back(self._layer())

    def after_evaluation(self, depsgraph: Any) -> None:
        """Takes note of what Blender has evaluated."""
        if self._live is not None:
            self._live.after_evaluation(depsgraph)

    def before_load(self) -> None:
        """Ends the job: its objects are about to go, or Blender is."""
        self.cancel()
        STRAYS.clear()

    # -------------------------------------------------------------- small things

    def _begin(
        self, kind: str, objects: Iterable[Any], asked: Assignment, message: Callable[[int], Any] | None = None
    ) -> int:
        number = self._number = self._number + 1
        asked.look_around(objects)
        self._asked[number] = asked
        self.refused = ""
        self.feed(s.Begin(time.monotonic(), number, kind, None if message is None else message(number)))
        if self.refused:
            raise CannotPlace(self.refused)
        return number

    def _record(self, job: int) -> Record | None:
        return self._asked[job].record if job in self._asked else None

    def _layer(self) -> Any:
        record = self._record(self.state.job.number) if self.state.job is not None else None
        return bpy.context.view_layer if record is None else view_layer_of(record)

    def _move(self, now: float) -> bool:
        live = self._live
        assert live is not None
        try:
            moved = live.move(now, self._layer())
        except (ValueError, ReferenceError, RuntimeError) as error:
            self.log.append(("warning", f"the objects cannot be moved on the way: {error}"))
            return False
        if live.gone is not None:
            self.log.append(("warning", f"'{live.gone}' was removed; the search was ended"))
            self.cancel()
        return moved
