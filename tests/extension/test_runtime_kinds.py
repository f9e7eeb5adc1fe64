"""The three ways to a worker, the judgement of a Python, locks and plans, and what the preferences are told."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
import tomllib
from pathlib import Path

import pytest

from sgvop_blender.runtime import ask, desk, folder, kinds, locked
from sgvop_blender.runtime.desk import Desk, Wishes
from sgvop_blender.runtime.kinds import COMMAND, MANAGED, PYTHON, Choice, RuntimeProblem, judge, worker_command
from sgvop_blender.runtime.locked import Lock, Wheel, read_lock, this_python
from sgvop_blender.runtime.plan import plan

from .wheel_server import WheelServer, lock_of, wheels, write_locks

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(p for p in locked.LOCKS.glob("*.json") if p.stem != "needed")


def problem_of(choice: Choice) -> RuntimeProblem:
    with pytest.raises(RuntimeProblem) as caught:
        worker_command(choice)
    assert "\n" not in str(caught.value) and caught.value.remedy
    return caught.value


# ------------------------------------------------------------------ commands


def test_a_managed_worker_sees_the_shipped_core_and_its_environment_only(tmp_path):
    lock = Lock("x", "cpu", this_python(), ())
    (tmp_path / "e3" / "site").mkdir(parents=True)
    folder.mark(tmp_path / "e3", lock, True)
    argv, environment = worker_command(Choice(MANAGED, tmp_path, log=tmp_path / "w.log", idle_minutes=5))
    assert argv == [
        sys.executable, "-S", "-m", "sgvop_core.worker", "--idle-minutes", "5", "--log", str(tmp_path / "w.log"),
    ]  # fmt: skip
    assert environment["PYTHONPATH"].split(os.pathsep) == [str(ROOT), str(tmp_path / "e3" / "site")]
    assert environment["PYTHONHOME"] == "" and environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["NUMBA_CACHE_DIR"].startswith(str(tmp_path / "e3")), "compiled code would outlive the runtime"


def test_an_environment_of_another_python_is_not_used(tmp_path):
    (tmp_path / "e1").mkdir()
    folder.mark(tmp_path / "e1", Lock("x", "cpu", "3.9", ()), True)
    assert "Python 3.9" in problem_of(Choice(MANAGED, tmp_path)).message


def test_no_runtime(tmp_path):
    assert problem_of(Choice(MANAGED, tmp_path)).kind == "no_runtime"
    assert problem_of(Choice(PYTHON, tmp_path)).kind == "no_runtime"
    assert problem_of(Choice(COMMAND, tmp_path)).kind == "no_runtime"


def test_an_existing_python_is_a_file_a_name_or_a_virtual_environment(tmp_path):
    argv, environment = worker_command(Choice(PYTHON, tmp_path, python=sys.executable))
    assert argv[:3] == [sys.executable, "-m", "sgvop_core.worker"] and environment["PYTHONPATH"] == str(ROOT)
    if os.name == "posix":
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "python").symlink_to(sys.executable)
        assert worker_command(Choice(PYTHON, tmp_path, python=str(tmp_path)))[0][0] == str(tmp_path / "bin" / "python")
    assert "no-such-python" in problem_of(Choice(PYTHON, tmp_path, python="no-such-python")).message
    assert problem_of(Choice(PYTHON, tmp_path, python=str(Path(__file__)))).kind == "cannot_start"


def test_a_command_is_split_like_a_shell_does_and_never_given_to_one(tmp_path):
    python = shutil.which("python3") or sys.executable
    argv, environment = worker_command(Choice(COMMAND, tmp_path, command=f"{python} 'a b' worker; rm -rf x"))
    assert argv == [python, "a b", "worker;", "rm", "-rf", "x"] and environment == {}
    assert "quot" in problem_of(Choice(COMMAND, tmp_path, command="ssh 'host")).message
    assert "no-such-thing" in problem_of(Choice(COMMAND, tmp_path, command="no-such-thing worker")).message


# ------------------------------------------------------------------ judgement


def report(**changes) -> dict:
    packages = {"numpy": "1.26.4", "torch": "2.13.0+cpu", "open-clip-torch": "3.3.0", "scipy": "1.17.1"}
    return {"python": "3.12.1", "packages": packages, "failed": {}, "missing": [], "devices": {"cpu": "x"}, **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"python": "3.9.1"}, "3.11 or later"),
        ({"missing": ["torch"]}, "missing: torch"),
        ({"packages": {"torch": "1.13"}}, "torch 1.13 is installed"),
        ({"packages": {"torch": "3.0.0"}}, "torch 3.0.0 is installed"),
        ({"failed": {"torch": "ImportError: libgomp.so.1"}}, "libgomp"),
    ],
)
def test_what_is_wrong_with_a_python(changes, said):
    found = judge(report(**changes), "")
    assert said in found.problem and found.remedy and "\n" not in found.problem


def test_what_is_right_with_a_python():
    found = judge(report(devices={"cpu": "x", "cuda:0": "H200"}), "")
    assert not found.problem and found.line == "Python 3.12.1, torch 2.13.0+cpu, H200"
    assert "no answer" in judge(None, "it gave no answer").problem


def test_versions_are_compared_as_numbers():
    assert (
        kinds.fits("2.13.0+cpu", "<3,>=2.4")
        and not kinds.fits("2.3.9", ">=2.4")
        and kinds.fits("0.7.0.11", ">=0.7.0.6")
    )
    assert not kinds.fits("3", "<3") and kinds.fits("2.6", ">=2.6.0")


def test_a_python_without_packages_is_probed_for_real(tmp_path):
    found = kinds.run_probe([sys.executable, "-S"], kinds.clean([str(tmp_path)]))
    assert found[0] is not None and "torch" in found[0]["missing"]
    assert "packages are missing" in judge(*found).problem
    assert kinds.run_probe([sys.executable, "-c", "import sys; sys.exit('boom')"], {})[1] == "boom"


# ------------------------------------------------------------------ locks and plans


@pytest.mark.parametrize("path", LOCKS, ids=lambda p: p.stem)
def test_the_lock_files_are_whole_and_fit_the_project(path):
    value = json.loads(path.read_text("utf-8"))
    assert path.stem == f"{value['platform']}-{value['kind']}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    wanted = {re.match(r"[\w.-]+", d)[0].lower().replace("_", "-") for d in project} - {"rich"}  # type: ignore[index]
    for python in value["pythons"]:
        lock = read_lock(value["platform"], value["kind"], python)
        names = [w.name for w in lock.wheels]
        assert wanted <= set(names) and len(names) == len(set(names))
        for wheel in lock.wheels:
            assert re.fullmatch(r"[0-9a-f]{64}", wheel.sha256) and wheel.size > 0 and wheel.unpacked > 0
            assert wheel.host in ("files.pythonhosted.org", "download.pytorch.org")
            assert wheel.index or re.fullmatch(r"[0-9a-f]{64}", wheel.blake2b)
            tags = wheel.file.removesuffix(".whl").split("-")
            assert (
                tags[-3] in (f"cp{python.replace('.', '')}", "py3", "py2.py3")
                or "abi3" in tags[-2]
                or tags[-1] != "any"
            )


def test_the_ranges_for_an_existing_python_are_the_projects():
    needed = json.loads((locked.LOCKS / "needed.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for text in project:
        name, limit = re.fullmatch(r"([\w.-]+)([^;]*)(;.*)?", text).groups()[:2]  # type: ignore[union-attr]
        if ";" not in text and name != "rich":
            assert set(needed[name.replace("_", "-")].split(",")) == set(limit.strip().split(","))


def test_a_platform_without_a_lock_says_what_to_do_instead():
    with pytest.raises(RuntimeProblem, match="existing Python"):
        read_lock("macos-x64", "cpu", "3.11")
    with pytest.raises(RuntimeProblem, match="existing Python"):
        read_lock("linux-x64", "cpu", "3.99")


def test_the_plan_tells_sizes_folder_and_servers_before_the_first_byte(tmp_path):
    lock = Lock(
        "p",
        "cpu",
        "3.11",
        (Wheel("torch", "2", "f", "0" * 64, 2_000_000_000, 5_000_000_000, 10, index="https://h/x/"),),
    )
    made = plan(lock, folder.examine(tmp_path), 10_000_000_000, True)
    assert made.problem is None and made.servers == ("h",)
    assert "2.0 GB" in made.lines[1] and "7.2 GB needed" in made.lines[2] and str(tmp_path) in made.lines[3]
    assert plan(lock, folder.examine(tmp_path), 7_000_000_000, True).problem.kind == "disk"
    assert plan(lock, folder.examine(tmp_path), 10**11, False).problem.kind == "offline"
    assert plan(lock, folder.examine(tmp_path), 10**11, True, mac=(13, 2)).problem.kind == "platform"


# ------------------------------------------------------------------ the desk


def settle(told: Desk) -> None:
    until = time.monotonic() + 60
    while told.task is not None and time.monotonic() < until:
        told.tick()
        time.sleep(0.01)
    assert told.task is None


def actions(told: Desk, wanted: Wishes) -> list[str]:
    return [b.label for b in told.view(wanted).buttons]


class Fake:
    """A process that tells what it is given to tell."""

    def __init__(self, *lines: dict, code: int | None = 0) -> None:
        self.lines, self.code, self.last_error, self.stopped = list(lines), code, "last words", False

    def poll(self) -> list[dict]:
        lines, self.lines = self.lines, []
        return lines

    def stop(self) -> None:
        self.stopped, self.code = True, 4

    kill = stop


def test_the_buttons_follow_the_state_of_the_folder(tmp_path):
    with WheelServer(wheels()) as server:
        lock = lock_of(server.files, server.index)
        wanted = Wishes(
            Choice(MANAGED, tmp_path / "r"), "cpu", True, None, "1", "test-x64", write_locks(tmp_path / "l", lock)
        )
        told = Desk()
        assert actions(told, wanted) == ["Install"]
        stopped = []
        told.before_change = lambda: stopped.append(True)
        server.files.pop("torch-1.0-py3-none-any.whl")
        told.start("install", wanted)
        assert told.view(wanted).task is not None and told.view(wanted).buttons == ()
        told.start("remove", wanted)  # one at a time
        settle(told)
        view = told.view(wanted)
        assert "404" in view.problem and view.remedy and stopped == [True]
        assert actions(told, wanted) == ["Resume", "Discard"]
        folder.mark(tmp_path / "r" / "e1", lock, True)
        told = Desk()
        assert actions(told, wanted) == ["Test", "Verify", "Repair", "Remove"]
        told.start("verify", wanted)
        settle(told)
        assert "torch is not as it was installed" in told.view(wanted).problem
        other = lock_of(wheels("2.0"), server.index)
        newer = Wishes(wanted.choice, "cpu", True, None, "1", "test-x64", write_locks(tmp_path / "m", other))
        assert actions(told, newer)[0] == "Update"
        (tmp_path / "r" / "e2").mkdir()
        folder.mark(tmp_path / "r" / "e2", other, False)
        assert actions(Desk(), newer)[:2] == ["Resume", "Roll Back"]
        told.start("remove", wanted)
        settle(told)
        assert actions(told, wanted) == ["Install"] and not (tmp_path / "r").exists()


def test_cancel_and_a_broken_off_task_are_told(tmp_path):
    wanted = Wishes(Choice(MANAGED, tmp_path), "cpu", True)
    child = Fake({"stage": "download", "done": 0.5, "text": "torch"}, code=None)
    told = Desk(lambda argv, environment: child)
    told.start("install", wanted)
    assert told.tick() and told.task.line == "Downloading 50 %: torch"
    told.cancel()
    assert told.task.line == "Cancelling" and child.stopped
    told.tick()
    assert told.outcome.ok and "Resume" in told.outcome.text
    child.code = 1
    told.start("verify", wanted)
    told.tick()
    assert not told.outcome.ok and "last words" in told.outcome.text


def test_blenders_python_that_cannot_be_started(tmp_path):
    told = Desk()
    told.start("verify", Wishes(Choice(MANAGED, tmp_path, blender_python=str(tmp_path / "none"))))
    assert told.task is None and "cannot be started" in told.outcome.text and told.outcome.remedy


def test_models_are_listed_and_not_downloaded_offline(tmp_path):
    listed = {
        "models": [{"spec": "ViT-B-32:x", "state": "known", "bytes": 5, "note": "quick"}],
        "folder": "/c",
        "free": 7,
    }
    child = Fake({"finished": listed})
    told = Desk(lambda argv, environment: child)
    wanted = Wishes(Choice(PYTHON, tmp_path, python=sys.executable))
    told.start("models", wanted)
    told.tick()
    assert told.models == (desk.ModelRow("ViT-B-32:x", "known", 5, "quick"),) and told.model_folder == "/c"
    told.start("download", wanted, "ViT-B-32:x")
    assert told.task is None and "network" in told.outcome.text


def test_a_choice_goes_through_json(tmp_path):
    choice = Choice(COMMAND, tmp_path, command="ssh 'a b'", log=tmp_path / "l")
    assert ask.choice_from_json(ask.choice_to_json(choice)) == choice


@pytest.mark.parametrize(
    ("script", "kind"),
    [("print('hello')", "garbage"), ("import sys; sys.exit('ssh: no route to host')", "died")],
)
def test_a_command_that_is_no_worker(tmp_path, script, kind):
    choice = Choice(COMMAND, tmp_path, command=f'"{sys.executable}" -c "{script}"')
    with pytest.raises(RuntimeProblem) as caught, ask.greeted(choice, "1"):
        pass
    assert caught.value.kind == kind


def test_a_worker_given_by_a_command_is_greeted_and_asked(tmp_path):
    told = Desk()
    wanted = Wishes(Choice(PYTHON, tmp_path, python=sys.executable), version="1")
    choice = Choice(COMMAND, tmp_path, command=f'"{sys.executable}" -m sgvop_core.worker')
    environment = dict(os.environ)
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        with ask.greeted(choice, "1") as (_, welcome):
            assert welcome.versions["python"]
    finally:
        os.environ.clear()
        os.environ.update(environment)
    assert told.view(wanted).buttons[0].label == "Test"
