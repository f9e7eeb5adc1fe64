"""What is told about a worker that ended."""

from __future__ import annotations

import pytest

from sgvop_blender.client.exits import REMEDIES, classify, machine_memory

TRACE = ["Traceback (most recent call last):", '  File "x.py", line 3, in <module>']
CASES = [
    (-9, [], 1 << 50, False, "memory", "ran out of memory"),
    (-9, [], 1 << 20, False, "signal", "killed from outside (signal 9)"),
    (137, [], 0, False, "signal", "signal 9"),
    (1, [*TRACE, "MemoryError"], 0, False, "memory", "ran out of memory"),
    (1, [*TRACE, "MemoryError: Unable to allocate 3 GiB"], 0, False, "memory", "ran out of memory"),
    (1, ["RuntimeError: [enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"], 0, False, "memory", "memory"),
    (1, [*TRACE, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB"], 0, False, "device_memory", "graphics card"),
    (-11, [], 0, False, "segfault", "crashed (signal 11)"),
    (139, [], 0, False, "segfault", "signal 11"),
    (-6, ["terminate called after throwing an instance of 'x'"], 0, False, "segfault", "signal 6"),
    (-4, [], 0, False, "illegal_instruction", "processor lacks"),
    (132, ["Illegal instruction (core dumped)"], 0, False, "illegal_instruction", "processor"),
    (1, [*TRACE, "ModuleNotFoundError: No module named 'torch'"], 0, False, "import", "No module named 'torch'"),
    (1, ["/usr/bin/python3: No module named sgvop_core"], 0, False, "import", "sgvop_core"),
    (1, [*TRACE, "ImportError: cannot import name 'x' from 'y'"], 0, False, "import", "cannot import name 'x'"),
    (1, ["OSError: libcudart.so.12: cannot open shared object file"], 0, False, "library", "libcudart"),
    (1, ["RuntimeError: The NVIDIA driver on your system is too old (found version 11040)"], 0, False, "driver", "driver"),
    (1, ["RuntimeError: CUDA error: no kernel image is available for execution on the device"], 0, False, "driver", "driver"),
    (3, ["the other side speaks protocol 9, this one 1"], 0, False, "version", "protocol 9"),
    (1, ["OSError: [Errno 28] No space left on device"], 0, False, "disk", "full"),
    (127, ["sh: 1: sgvop: not found"], 0, False, "command", "not found"),
    (-15, [], 0, True, "terminated", "was ended"),
    (-9, [], 1 << 50, True, "terminated", "was ended"),
    (-15, [], 0, False, "signal", "SIGTERM"),
    (7, ["", "something odd", ""], 0, False, "exit", "code 7: something odd"),
    (0, ["a line"], 0, False, "exit", "code 0"),
    (0xC0000005, [], 0, False, "segfault", "0xC0000005"),
    (-1073741819, [], 0, False, "segfault", "0xC0000005"),
    (0xC000001D, [], 0, False, "illegal_instruction", "0xC000001D"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "lines", "memory", "asked", "cause", "told"), CASES)
def test_the_cause_of_an_end(code, lines, memory, asked, cause, told) -> None:
    found = classify(code, lines, memory, asked)
    assert found.cause == cause and told in found.message
    assert found.remedy and "\n" not in found.message and len(found.message) < 300


def test_the_last_line_counts_and_every_remedy_is_one_line() -> None:
    lines = ["ModuleNotFoundError: No module named 'optional_thing'", "carrying on", "MemoryError"]
    assert classify(1, lines).cause == "memory"
    assert all(r and "\n" not in r and not r.endswith(".") for r in REMEDIES.values())
    assert machine_memory() > 1 << 28
