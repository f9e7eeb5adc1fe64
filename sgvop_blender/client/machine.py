"""What the client does next: ``transition(state, event)`` gives the new state and the effects to carry out.

No bpy, no files, no clock: time comes with the events, and whoever runs the effects feeds what came of them back in.
Each job that begins ends in exactly one Done or Restore, and nothing of a job is applied after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..core_wire import protocol as wire
from .states import (
    Answer,
    Apply,
    Ask,
    Begin,
    CancelJob,
    CloseInput,
    Done,
    Effect,
    Event,
    Exited,
    Failure,
    Garbled,
    Job,
    JobProgress,
    Keep,
    Kill,
    NotStarted,
    Phase,
    Prepare,
    Prepared,
    Received,
    Refuse,
    Restart,
    Restore,
    Send,
    Show,
    Start,
    Started,
    State,
    Stop,
    Terminate,
    Tick,
    Unprepared,
)

Step = tuple[State, tuple[Effect, ...]]
GREETED = (Phase.READY, Phase.SENDING, Phase.RUNNING, Phase.CANCELLING)
VAGUE = ("exit", "signal", "terminated")
"""Causes of an end that say less than what was known before."""


def transition(state: State, event: Event) -> Step:
    """Returns (new state, effects in order). Defined for every state and event."""
    return HANDLERS[type(event)](state, event)


# ------------------------------------------------------------------ the user


def _begin(s: State, e: Begin) -> Step:
    if s.job is not None or s.phase.ending or (s.phase is Phase.FAILED and s.running):
        return s, (Refuse(e.job, _busy(s)),)
    job = Job(e.job, e.kind, e.message)
    s = replace(s, job=job, progress=JobProgress(), failure=None)
    prepare: tuple[Effect, ...] = () if e.message is not None else (Prepare(e.job),)
    if not s.running:
        return _launch(s, e.now, prepare)
    if s.phase is Phase.READY:
        return _submit(s, e.now, prepare)
    return s, prepare


def _ask(s: State, e: Ask) -> Step:
    if s.phase in GREETED:
        return s, (Send(e.message),)
    if s.phase in (Phase.STARTING, Phase.GREETING):
        return replace(s, waiting=(*s.waiting, e.message)), ()
    if s.running:
        return s, (Refuse(None, _busy(s)),)
    if isinstance(e.message, wire.Free):
        return s, ()
    return _launch(replace(s, waiting=(e.message,), failure=None), e.now, ())


def _cancel(s: State, e: CancelJob) -> Step:
    if s.job is None:
        return s, ()
    number, sent = s.job.number, s.job.sent
    s = replace(s, job=None, progress=JobProgress(), cancelled_kind=s.job.kind)
    if sent:
        return (
            replace(s, phase=Phase.CANCELLING, since=e.now, cancelled=number),
            (Restore(number), Send(wire.Cancel(number))),
        )
    return replace(s, phase=Phase.READY if s.phase is Phase.SENDING else s.phase), (Restore(number),)


def _restart(s: State, e: Restart) -> Step:
    s, ended = _drop_job(s, None)
    if not s.running:
        s, started = _launch(replace(s, failure=None, waiting=()), e.now, ())
        return s, (*ended, *started)
    if s.phase in (Phase.STOPPING, Phase.FAILED):
        return replace(s, phase=Phase.STOPPING, restart=True, failure=None), ended
    s = replace(s, phase=Phase.STOPPING, restart=True, failure=None, since=e.now, force=2, stalled=False, waiting=())
    return s, (*ended, Terminate())


def _stop(s: State, e: Stop) -> Step:
    s, ended = _drop_job(s, None)
    s = replace(s, restart=False, waiting=())
    if not s.running:
        return replace(s, phase=Phase.IDLE, failure=None), ended
    if s.phase in (Phase.STOPPING, Phase.FAILED):
        return replace(s, phase=Phase.STOPPING), ended
    s = replace(s, phase=Phase.STOPPING, since=e.now, force=1, stalled=False)
    return s, (*ended, Send(wire.Bye()), CloseInput())


# ------------------------------------------------------------------ the job's preparation and the process


def _prepared(s: State, e: Prepared) -> Step:
    if s.job is None or s.job.number != e.job or s.job.message is not None:
        return s, ()
    s = replace(s, job=replace(s.job, message=e.message, files=e.files))
    return _submit(s, e.now, ()) if s.phase is Phase.SENDING else (s, ())


def _unprepared(s: State, e: Unprepared) -> Step:
    if s.job is None or s.job.number != e.job or s.job.message is not None:
        return s, ()
    s, ended = _drop_job(s, e.failure)
    return replace(s, failure=e.failure, phase=Phase.READY if s.phase is Phase.SENDING else s.phase), ended


def _started(s: State, e: Started) -> Step:
    if s.phase is not Phase.STARTING:
        return s, ()
    return replace(s, phase=Phase.GREETING, heard=e.now), (Send(wire.Hello(wire.PROTOCOL, s.version)),)


def _not_started(s: State, e: NotStarted) -> Step:
    if s.phase is Phase.STARTING:
        return _fail(replace(s, running=False), e.now, e.failure)
    if s.phase is Phase.STOPPING:
        return replace(s, running=False, phase=Phase.IDLE, restart=False, failure=e.failure if s.restart else None), ()
    return s, ()


def _garbled(s: State, e: Garbled) -> Step:
    if not s.running or s.phase in (Phase.STOPPING, Phase.FAILED):
        return s, ()
    if e.cause == "version":
        return _fail(s, e.now, Failure("version", e.reason, "update the extension and the runtime to the same version"))
    told = f"the worker's answer cannot be read: {e.reason}"
    return _fail(s, e.now, Failure("garbage", told, "restart it; nothing else may print in the worker's command"))


def _exited(s: State, e: Exited) -> Step:
    if not s.running:
        return s, ()
    s = replace(s, running=False, force=0, memory=0, stalled=False)
    if s.phase is Phase.STOPPING:
        if s.restart:
            return _launch(replace(s, restart=False), e.now, ())
        return replace(s, phase=Phase.IDLE), ()
    failure = Failure(e.cause, e.message, e.remedy)
    if s.phase is Phase.FAILED:
        known = s.failure is not None and (s.failure.cause != "garbage" or e.cause in VAGUE)
        return (s if known else replace(s, failure=failure)), ()
    if s.phase is Phase.READY and e.code == 0:
        return replace(s, phase=Phase.IDLE), ()
    return _fail(s, e.now, failure)


def _tick(s: State, e: Tick) -> Step:
    asleep = 0.0 if s.ticked is None else max(0.0, e.now - s.ticked - s.limits.away)
    s = replace(s, ticked=e.now, since=s.since + asleep, heard=s.heard + asleep)
    passed, limits = e.now - s.since, s.limits
    if s.phase in (Phase.STARTING, Phase.GREETING) and passed > limits.start:
        message = f"the worker did not answer within {limits.start:.0f} s of its start"
        return _fail(s, e.now, Failure("cannot_start", message, "try again; if it stays so, show the log"), kill=True)
    if s.phase is Phase.STOPPING or (s.phase is Phase.FAILED and s.running):
        if passed <= limits.end:
            return s, ()
        harder: Effect = Terminate() if s.force < 2 else Kill()
        return replace(s, since=e.now, force=min(s.force + 1, 3)), (harder,)
    if s.phase in GREETED:
        silence = e.now - s.heard
        if silence > limits.lost:
            message = f"the worker has not answered for {silence:.0f} s"
            return _fail(s, e.now, Failure("stalled", message, "restart it; a lower quality needs less"), kill=True)
        if s.phase is Phase.CANCELLING and passed > limits.cancel:
            return replace(s, phase=Phase.STOPPING, since=e.now, force=2, cancelled=None), (Terminate(),)
        if silence > limits.silence and not s.stalled:
            return replace(s, stalled=True), (Show("warning", "the worker does not answer; waiting for it"),)
    return s, ()


# ------------------------------------------------------------------ the worker's messages


def _received(s: State, e: Received) -> Step:
    m = e.message
    s = replace(s, heard=e.now, stalled=False)
    if isinstance(m, wire.Log):
        return s, (Show(m.level, m.text),)
    if not s.running or s.phase in (Phase.STOPPING, Phase.FAILED):
        return s, ()
    if isinstance(m, wire.Heartbeat):
        return replace(s, memory=m.rss), ()
    if isinstance(m, wire.Failed) and m.job is None:
        return _fail(s, e.now, Failure(m.kind, m.message, m.remedy))
    if isinstance(m, wire.Welcome):
        return _welcome(s, e.now, m) if s.phase is Phase.GREETING else (s, ())
    if s.phase not in GREETED:
        return s, ()
    if isinstance(m, wire.DeviceList | wire.ModelList):
        return s, (Answer(m),)
    number = getattr(m, "job", None)
    ends = isinstance(m, wire.Finished | wire.Cancelled | wire.Failed | wire.Understood)
    if s.phase is Phase.CANCELLING:
        # A placement tells what it understood too; only the reading of a prompt ends with that.
        over = number == s.cancelled and ends and (s.cancelled_kind == "read" or not isinstance(m, wire.Understood))
        return (replace(s, phase=Phase.READY, cancelled=None, since=e.now), ()) if over else (s, ())
    if s.job is None or number != s.job.number or not s.job.sent:
        return s, ()
    return _of_job(replace(s, phase=Phase.RUNNING), e.now, s.job, m)


def _welcome(s: State, now: float, m: wire.Welcome) -> Step:
    if m.protocol != wire.PROTOCOL:
        text = f"the worker speaks protocol {m.protocol}, the extension {wire.PROTOCOL}"
        return _fail(s, now, Failure("version", text, "update the extension and the runtime to the same version"))
    asked = tuple(Send(q) for q in s.waiting)
    s = replace(s, phase=Phase.READY, since=now, waiting=(), versions=m.versions, capabilities=m.capabilities)
    return (s, asked) if s.job is None else _submit(s, now, asked)


def _of_job(s: State, now: float, job: Job, m: Any) -> Step:
    if isinstance(m, wire.Stage):
        p = replace(
            s.progress, stage=m.stage, done=m.done, seconds_left=m.seconds_left, message=m.message, object=m.object
        )
        return replace(s, progress=p), ()
    if isinstance(m, wire.Best):
        return replace(s, progress=replace(s.progress, score=m.score)), (Apply(job.number, m.matrices, m.score),)
    if isinstance(m, wire.Progress):
        p = replace(s.progress, stage="download", done=m.done, total=m.total, message=m.folder)
        return replace(s, progress=p), ()
    if isinstance(m, wire.Candidate | wire.Piece) or (isinstance(m, wire.Understood) and job.kind != "read"):
        return s, (Keep(job.number, m),)
    over = replace(s, job=None, phase=Phase.READY, since=now)
    if isinstance(m, wire.Finished | wire.Understood):
        return over, (Done(job.number, m),)
    if isinstance(m, wire.Failed):
        failure = Failure(m.kind, m.message, m.remedy)
        return replace(over, failure=failure), (Restore(job.number, failure),)
    if isinstance(m, wire.Cancelled):
        return over, (Restore(job.number),)
    return s, ()


# ------------------------------------------------------------------ steps that several events share


def _launch(s: State, now: float, also: tuple[Effect, ...]) -> Step:
    s = replace(
        s,
        phase=Phase.STARTING,
        running=True,
        since=now,
        heard=now,
        force=0,
        stalled=False,
        cancelled=None,
        restart=False,
    )
    return s, (Start(), *also)


def _submit(s: State, now: float, before: tuple[Effect, ...]) -> Step:
    """Sends the job when it is prepared; else it waits for that in SENDING."""
    assert s.job is not None
    s = replace(s, phase=Phase.SENDING, since=now)
    if s.job is None or s.job.message is None:
        return s, before
    send = Send(s.job.message, s.job.files)
    return replace(s, job=replace(s.job, sent=True)), (*before, send)


def _drop_job(s: State, failure: Failure | None) -> Step:
    if s.job is None:
        return s, ()
    return replace(s, job=None, cancelled=None, progress=JobProgress()), (Restore(s.job.number, failure),)


def _fail(s: State, now: float, failure: Failure, *, kill: bool = False) -> Step:
    """The worker is of no use any more: ends the job, and the process when there is one."""
    s, ended = _drop_job(s, failure)
    end: tuple[Effect, ...] = () if not s.running else (Kill(),) if kill else (Terminate(),)
    force = 0 if not s.running else 3 if kill else 2
    s = replace(
        s, phase=Phase.FAILED, failure=failure, since=now, force=force, stalled=False, waiting=(), cancelled=None
    )
    return s, (*ended, *end)


def _busy(s: State) -> str:
    if s.job is not None:
        return "a job is under way; cancel it first"
    if s.phase is Phase.CANCELLING:
        return "the last job is still being cancelled; try again in a moment"
    return "the worker is still ending; try again in a moment"


HANDLERS: dict[type, Callable[[State, Any], Step]] = {
    Begin: _begin,
    Ask: _ask,
    CancelJob: _cancel,
    Restart: _restart,
    Stop: _stop,
    Prepared: _prepared,
    Unprepared: _unprepared,
    Started: _started,
    NotStarted: _not_started,
    Received: _received,
    Garbled: _garbled,
    Exited: _exited,
    Tick: _tick,
}
