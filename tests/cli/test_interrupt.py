"""Ctrl-C: the first asks for what there is, the second ends at once."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from sgvop_core.cli.interrupt import cancel_on_interrupt, defer_interrupt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to a process otherwise there")


def test_the_first_sets_the_flag_and_the_second_raises() -> None:
    said: list[str] = []
    before = signal.getsignal(signal.SIGINT)
    with cancel_on_interrupt(said.append) as cancel:
        assert not cancel.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        assert cancel.is_set()
        assert len(said) == 1 and "best so far" in said[0]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_during_compiled_imports_comes_after_them() -> None:
    done = False
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), defer_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        done = True
    assert done and signal.getsignal(signal.SIGINT) is before
