"""The client's state machine as a table: every state with every event, stories, and what holds after any of them."""

from __future__ import annotations

import typing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgvop_blender.client import states as S
from sgvop_blender.client.machine import HANDLERS, transition
from sgvop_blender.client.states import Phase, State
from sgvop_core.wire import protocol as wire

EYE = wire.matrix([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
PLACE = wire.Place(1, "/tmp/scene.npz", ("Cup",), "a cup on the table")
WELCOME = wire.Welcome(wire.PROTOCOL, {"core": "0.1"}, 7)
BEST = wire.Best(1, {"Cup": EYE}, 0.5)
CANDIDATE = wire.Candidate(1, 0, {"Cup": EYE}, 0.5)
FINISHED = wire.Finished(1, "/tmp/result.json", 2.0)
OOPS = S.Failure("scene", "no camera")
DIED = S.Exited(0, -9, "signal", "killed", "restart it")


def state(phase: Phase) -> State:
    """A state of this phase as it comes about."""
    sent = S.Job(1, "place", PLACE, sent=True)
    return {
        Phase.IDLE: State(),
        Phase.STARTING: State(phase=phase, running=True, job=S.Job(1, "place")),
        Phase.GREETING: State(phase=phase, running=True, job=S.Job(1, "place")),
        Phase.READY: State(phase=phase, running=True),
        Phase.SENDING: State(phase=phase, running=True, job=S.Job(1, "place")),
        Phase.RUNNING: State(phase=phase, running=True, job=sent),
        Phase.CANCELLING: State(phase=phase, running=True, cancelled=1),
        Phase.STOPPING: State(phase=phase, running=True, force=2),
        Phase.FAILED: State(phase=phase, failure=OOPS),
    }[phase]


EVENTS: dict[str, S.Event] = {
    "begin": S.Begin(0, 1, "place"),
    "begin ready": S.Begin(0, 1, "read", wire.Read(1, "b", "Cup", "on the table")),
    "ask": S.Ask(0, wire.Devices()),
    "cancel": S.CancelJob(0),
    "restart": S.Restart(0),
    "stop": S.Stop(0),
    "prepared": S.Prepared(0, 1, PLACE),
    "unprepared": S.Unprepared(0, 1, OOPS),
    "started": S.Started(0, 7),
    "not started": S.NotStarted(0, OOPS),
    "welcome": S.Received(0, WELCOME),
    "heartbeat": S.Received(0, wire.Heartbeat(5)),
    "stage": S.Received(0, wire.Stage(1, "evolve", 0.4)),
    "best": S.Received(0, BEST),
    "candidate": S.Received(0, CANDIDATE),
    "finished": S.Received(0, FINISHED),
    "cancelled": S.Received(0, wire.Cancelled(1)),
    "failed": S.Received(0, wire.Failed(1, "prompt", "what?", "write more")),
    "broken": S.Received(0, wire.Failed(None, "runtime", "no torch", "repair")),
    "devices": S.Received(0, wire.DeviceList(())),
    "garbage": S.Garbled(0, "hello"),
    "version": S.Garbled(0, "speaks protocol 9", "version"),
    "exit": DIED,
    "exit 0": replace(DIED, code=0),
    "tick": S.Tick(0),
    "late tick": S.Tick(0.5),
}
# Phases after each event, in the order of Phase: idle starting greeting ready sending running cancelling stopping failed.
AFTER = {
    "begin": "starting starting greeting sending sending running cancelling stopping starting",
    "begin ready": "starting starting greeting sending sending running cancelling stopping starting",
    "ask": "starting starting greeting ready sending running cancelling stopping starting",
    "cancel": "idle starting greeting ready ready cancelling cancelling stopping failed",
    "restart": "starting stopping stopping stopping stopping stopping stopping stopping starting",
    "stop": "idle stopping stopping stopping stopping stopping stopping stopping idle",
    "prepared": "idle starting greeting ready sending running cancelling stopping failed",
    "unprepared": "idle starting greeting ready ready running cancelling stopping failed",
    "started": "idle greeting greeting ready sending running cancelling stopping failed",
    "not started": "idle failed greeting ready sending running cancelling idle failed",
    "welcome": "idle starting sending ready sending running cancelling stopping failed",
    "heartbeat": "idle starting greeting ready sending running cancelling stopping failed",
    "stage": "idle starting greeting ready sending running cancelling stopping failed",
    "best": "idle starting greeting ready sending running cancelling stopping failed",
    "candidate": "idle starting greeting ready sending running cancelling stopping failed",
    "finished": "idle starting greeting ready sending ready ready stopping failed",
    "cancelled": "idle starting greeting ready sending ready ready stopping failed",
    "failed": "idle starting greeting ready sending ready ready stopping failed",
    "broken": "idle failed failed failed failed failed failed stopping failed",
    "devices": "idle starting greeting ready sending running cancelling stopping failed",
    "garbage": "idle failed failed failed failed failed failed stopping failed",
    "version": "idle failed failed failed failed failed failed stopping failed",
    "exit": "idle failed failed failed failed failed failed idle failed",
    "exit 0": "idle failed failed idle failed failed failed idle failed",
    "tick": "idle starting greeting ready sending running cancelling stopping failed",
    "late tick": "idle starting greeting ready sending running cancelling stopping failed",
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("phase", list(Phase))
def test_every_state_with_every_event(phase: Phase, name: str) -> None:
    expected = Phase(AFTER[name].split()[list(Phase).index(phase)])
    after, effects = transition(state(phase), EVENTS[name])
    assert after.phase is expected
    assert all(isinstance(e, typing.get_args(S.Effect)) for e in effects)


def test_the_table_and_the_handlers_know_every_event() -> None:
    assert set(HANDLERS) == set(typing.get_args(S.Event)) == {type(e) for e in EVENTS.values()}
    assert set(AFTER) == set(EVENTS)


def run(events, start: State | None = None):
    """The last state and the effects of each event."""
    s, told = start or State(version="1.0"), []
    for event in events:
        s, effects = transition(s, event)
        told.append(list(effects))
    return s, told


UP = [S.Begin(0, 1, "place"), S.Started(0, 7), S.Received(0, WELCOME), S.Prepared(0, 1, PLACE)]


def test_a_placement_from_nothing_to_its_end() -> None:
    s, told = run([*UP, S.Received(1, wire.Stage(1, "propose", 0.1)), S.Received(1, BEST), S.Received(2, CANDIDATE),
                   S.Received(2, FINISHED)])  # fmt: skip
    assert told[0] == [S.Start(), S.Prepare(1)]
    assert told[1] == [S.Send(wire.Hello(wire.PROTOCOL, "1.0"))]
    assert told[3] == [S.Send(PLACE)]
    assert told[5:] == [[S.Apply(1, BEST.matrices, 0.5)], [S.Keep(1, CANDIDATE)], [S.Done(1, FINISHED)]]
    assert s.phase is Phase.READY and s.job is None and s.versions == {"core": "0.1"}


def test_a_scene_that_is_read_before_the_worker_is_up_waits_for_it() -> None:
    _, told = run([UP[0], UP[1], UP[3], UP[2]])
    assert told[2] == [] and told[3] == [S.Send(PLACE)]


def test_cancel_puts_back_at_once_and_gets_harder() -> None:
    cancelled = [*UP, S.Tick(9.9), S.Received(10, BEST), S.CancelJob(10)]
    s, told = run(cancelled)
    assert told[-1] == [S.Restore(1), S.Send(wire.Cancel(1))] and s.phase is Phase.CANCELLING
    ticks = [S.Tick(10 + k / 2) for k in range(1, 12)]
    s, told = run([*cancelled, *ticks])
    forced = {t.now: e for t, e in zip(ticks, told[len(cancelled) :], strict=True) if e}
    assert forced == {12.5: [S.Terminate()], 15.0: [S.Kill()]}
    s, told = run([S.Exited(16, -9, "terminated", "ended")], s)
    assert s.phase is Phase.IDLE and s.failure is None and told == [[]], "an end that was asked for is no failure"


def test_late_messages_of_a_cancelled_job_are_ignored_also_while_the_next_runs() -> None:
    s, told = run(
        [*UP, S.CancelJob(1), S.Received(1, BEST), S.Received(1, CANDIDATE), S.Received(1, wire.Cancelled(1))]
    )
    assert told[5:] == [[], [], []] and s.phase is Phase.READY
    again = [
        S.Begin(2, 2, "place"),
        S.Prepared(2, 2, replace(PLACE, job=2)),
        S.Received(2, BEST),
        S.Received(2, FINISHED),
    ]
    s, told = run(again, s)
    assert told[2:] == [[], []] and s.phase is Phase.SENDING


def test_a_reading_that_was_answered_before_it_could_be_cancelled_is_over() -> None:
    understood = wire.Understood(1, {})
    read = S.Begin(0, 1, "read", wire.Read(1, "b", "Cup", "on it"))
    s, told = run([read, *UP[1:3], S.CancelJob(1), S.Received(1, understood)])
    assert s.phase is Phase.READY and told[-1] == []
    s, _ = run([*UP, S.CancelJob(1), S.Received(1, understood)])
    assert s.phase is Phase.CANCELLING, "a placement goes on after it"


def test_only_one_job_at_a_time() -> None:
    _, told = run([*UP, S.Begin(1, 2, "place")])
    assert told[-1] == [S.Refuse(2, "a job is under way; cancel it first")]


def test_silence_warns_then_fails_and_a_heartbeat_clears_it() -> None:
    quiet = [S.Tick(t / 2) for t in range(0, 7)]
    s, told = run([*UP, *quiet])
    assert s.stalled and sum(bool(e) for e in told[4:]) == 1, "told once"
    alive, _ = run([S.Received(3.1, wire.Heartbeat(1))], s)
    assert not alive.stalled
    s, told = run([S.Tick(t / 2) for t in range(7, 22)], s)
    assert s.phase is Phase.FAILED and s.failure.cause == "stalled" and told[-1] == [S.Restore(1, s.failure), S.Kill()]


def test_our_own_sleep_is_not_the_workers_silence() -> None:
    s, _ = run([*UP, S.Tick(0.1), S.Tick(3600)])
    assert s.phase is Phase.SENDING and not s.stalled


def test_a_worker_that_never_greets_is_given_up() -> None:
    s, told = run([*UP[:2], *[S.Tick(t) for t in range(0, 93)]])
    assert s.phase is Phase.FAILED and s.failure.cause == "cannot_start" and [S.Restore(1, s.failure), S.Kill()] in told


def test_a_dead_worker_is_told_with_its_cause_and_the_next_job_starts_a_fresh_one() -> None:
    s, told = run([*UP, DIED])
    assert told[-1] == [S.Restore(1, s.failure)] and s.failure == S.Failure("signal", "killed", "restart it")
    s, told = run([S.Begin(5, 2, "place")], s)
    assert told[0][0] == S.Start() and s.failure is None


def test_another_version_is_refused() -> None:
    s, told = run([*UP[:2], S.Received(0, replace(WELCOME, protocol=wire.PROTOCOL + 1))])
    assert s.failure.cause == "version" and told[-1] == [S.Restore(1, s.failure), S.Terminate()]


def test_garbage_is_explained_better_by_a_telling_exit() -> None:
    s, _ = run([*UP, S.Garbled(1, "Traceback"), S.Exited(1, 1, "import", "no torch", "repair")])
    assert s.failure.cause == "import"
    s, _ = run([*UP, S.Garbled(1, "Traceback"), S.Exited(1, 1, "exit", "code 1")])
    assert s.failure.cause == "garbage"


def test_restart_waits_for_the_end_of_the_old_worker() -> None:
    s, told = run([*UP, S.Restart(1)])
    assert told[-1] == [S.Restore(1, None), S.Terminate()] and s.phase is Phase.STOPPING
    s, told = run([S.Exited(2, -15, "terminated", "")], s)
    assert told == [[S.Start()]] and s.phase is Phase.STARTING


def test_questions_wait_for_the_welcome() -> None:
    _, told = run([S.Ask(0, wire.Devices()), S.Ask(0, wire.Models()), *UP[1:3]])
    assert told == [[S.Start()], [], [S.Send(wire.Hello(1, "1.0"))], [S.Send(wire.Devices()), S.Send(wire.Models())]]


def test_a_reading_and_a_download_end_with_their_own_messages() -> None:
    ready, _ = run([S.Ask(0, wire.Devices()), *UP[1:3]])
    understood = wire.Understood(4, {"relation": "on"})
    _, told = run([S.Begin(1, 4, "read", wire.Read(4, "b", "Cup", "on it")), S.Received(2, understood)], ready)
    assert told[-1] == [S.Done(4, understood)]
    s, told = run([S.Begin(1, 5, "download", wire.Download(5, "ViT-B-32")),
                   S.Received(2, wire.Progress(5, "ViT-B-32", 10, 100))], ready)  # fmt: skip
    assert (s.progress.done, s.progress.total, told[-1]) == (10, 100, [])


def test_a_job_s_failure_leaves_the_worker_ready() -> None:
    s, told = run([*UP, S.Received(1, wire.Failed(1, "prompt", "what?", "write more"))])
    failure = S.Failure("prompt", "what?", "write more")
    assert s.phase is Phase.READY and s.failure == failure and told[-1] == [S.Restore(1, failure)]


numbers = st.integers(1, 3)
anything = st.one_of(
    st.builds(lambda n: ("begin", n), numbers),
    st.sampled_from([("event", name) for name in EVENTS if not name.startswith("begin")]),
    st.builds(lambda n, m: ("message", n, m), numbers, st.sampled_from([BEST, CANDIDATE, FINISHED, wire.Cancelled(1)])),
    st.builds(lambda n: ("prepared", n), numbers),
    st.builds(lambda t: ("tick", t), st.floats(0.1, 1.0)),
)


@given(st.lists(anything, max_size=60))
def test_after_any_events_each_job_ended_once_and_no_two_workers_were_up(steps) -> None:
    s, now, begun, ended, up = State(), 0.0, [], [], False
    number = 0
    for step in steps:
        event: S.Event
        if step[0] == "begin":
            number += 1
            event = S.Begin(now, number, "place")
        elif step[0] == "prepared":
            event = S.Prepared(now, max(number, 1), replace(PLACE, job=max(number, 1)))
        elif step[0] == "message":
            event = S.Received(now, replace(step[2], job=max(number + 1 - step[1], 1)))
        elif step[0] == "tick":
            now += step[1]
            event = S.Tick(now)
        else:
            event = replace(EVENTS[step[1]], now=now)
        accepted = isinstance(event, S.Begin)
        s, effects = transition(s, event)
        if isinstance(event, S.Exited) or (isinstance(event, S.NotStarted) and not s.running):
            up = False
        for effect in effects:
            if isinstance(effect, S.Start):
                assert not up, "two workers"
                up = True
            elif isinstance(effect, S.Refuse):
                accepted = accepted and effect.job != number
            elif isinstance(effect, S.Done | S.Restore):
                assert effect.job in begun and effect.job not in ended
                ended.append(effect.job)
            elif isinstance(effect, S.Apply | S.Keep):
                assert effect.job in begun and effect.job not in ended
        if accepted:
            begun.append(number)
        assert s.running == up
        assert (s.job is not None) == (set(begun) != set(ended)), "a job is either under way or over"
        assert s.phase is not Phase.FAILED or s.failure is not None
    s, effects = transition(s, S.Stop(now))
    ended += [e.job for e in effects if isinstance(e, S.Restore)]
    assert sorted(ended) == sorted(begun)
    for _ in range(8):
        now += 1.0
        s, effects = transition(s, S.Tick(now))
    assert not s.running or s.force == 3, "a worker that does not go is killed"
