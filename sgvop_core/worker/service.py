"""The service: reads messages in one thread, works on one job at a time in another, and beats its heart in a third."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ..errors import Cancelled
from ..wire.frames import Decoder, ProtocolError
from ..wire.protocol import (
    EXIT_PROTOCOL,
    EXIT_RUNTIME,
    EXIT_VERSION,
    PROTOCOL,
    TO_WORKER,
    Bye,
    Cancel,
    Devices,
    Download,
    Failed,
    Finished,
    Free,
    Heartbeat,
    Hello,
    Log,
    Models,
    Piece,
    Place,
    Read,
    VersionMismatch,
    Welcome,
    from_json,
)
from ..wire.protocol import Cancelled as WasCancelled
from .failures import failure
from .greeting import CAPABILITIES, versions
from .machine import resident_bytes
from .parcels import Parcels
from .streams import Outlet

BEAT = 0.5
"""Seconds between heartbeats."""
EXIT_INTERRUPTED = 130
GRACE = 1.0
"""Seconds that tidying up may take once the client has gone."""


class Service:
    """A worker on two descriptors. ``serve`` returns only through the end of the process."""

    def __init__(self, incoming: int, outlet: Outlet, threads: int, idle: float) -> None:
        self.incoming, self.outlet, self.threads, self.idle = incoming, outlet, threads, idle
        self.parcels = Parcels()
        self._work: queue.Queue[tuple[int | None, Callable[[], None]]] = queue.Queue()
        self._cancels: dict[int, threading.Event] = {}
        self._busy: int | None = None
        self._placing: Any = None
        self._models: Any = None
        self._greeted = False
        self._leaving = threading.Lock()

    def serve(self) -> int:
        """Reads and answers until the stream ends; returns the exit code."""
        try:
            code = self._listen()
        except KeyboardInterrupt:
            code = EXIT_INTERRUPTED
        return self.leave(code)

    def leave(self, code: int) -> NoReturn:
        """Ends the process now, whatever its threads are doing; files of its own are removed."""
        self._leaving.acquire()
        for event in list(self._cancels.values()):
            event.set()
        logging.info("worker ends with %d", code)

        def tidy() -> None:
            self.parcels.clear()
            logging.shutdown()

        tidying = threading.Thread(target=tidy, daemon=True)
        tidying.start()
        tidying.join(GRACE)
        os._exit(code)

    def send(self, *messages: Any) -> None:
        """Sends messages; when nobody reads them any more, the process ends."""
        try:
            self.outlet.send(*messages)
        except OSError:
            self.leave(0)

    # -------------------------------------------------------------- listening (the main thread)

    def _listen(self) -> int:
        decoder = Decoder()
        try:
            while data := os.read(self.incoming, 1 << 16):
                for plain in decoder.feed(data):
                    message = from_json(plain, TO_WORKER)
                    if isinstance(message, Bye):
                        return 0
                    self._take(message)
            return 0
        except VersionMismatch as error:
            remedy = "install the runtime that belongs to this version of the extension"
            return self._refuse("version", str(error), remedy, EXIT_VERSION)
        except ProtocolError as error:
            return self._refuse("protocol", str(error), "restart the worker", EXIT_PROTOCOL)
        except OSError as error:
            logging.info("the client's stream broke: %s", error)
            return 0

    def _refuse(self, kind: str, text: str, remedy: str, code: int) -> int:
        logging.error("%s: %s", kind, text)
        self.send(Failed(None, kind, text, remedy))
        return code

    def _take(self, message: Any) -> None:
        if not self._greeted:
            if not isinstance(message, Hello):
                raise ProtocolError(f"the first message must be Hello, not {type(message).__name__}")
            self._greet(message)
        elif isinstance(message, Piece):
            try:
                self.parcels.take(message)
            except OSError as error:
                self.send(failure(message.job, error))
        elif isinstance(message, Cancel):
            self._cancel(message.job)
        elif isinstance(message, Download):
            self._note(message.job)
            threading.Thread(
                target=self._attempt, args=(message.job, lambda: self._download(message)), name="download", daemon=True
            ).start()
        elif isinstance(message, Place):
            self._queue(message.job, lambda: self._place(message))
        elif isinstance(message, Read):
            self._queue(message.job, lambda: self._read(message))
        elif isinstance(message, Devices):
            self._queue(None, self._list_devices)
        elif isinstance(message, Models):
            self._queue(None, self._list_models)
        elif isinstance(message, Free):
            self._queue(None, self._free)
        else:
            raise ProtocolError(f"{type(message).__name__} came a second time")

    def _greet(self, hello: Hello) -> None:
        self._greeted = True
        logging.info("client of version %s", hello.version[:40])
        self.send(Welcome(PROTOCOL, versions(), os.getpid(), CAPABILITIES))
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        threading.Thread(target=self._toil, name="job", daemon=True).start()

    def _note(self, job: int) -> threading.Event:
        return self._cancels.setdefault(job, threading.Event())

    def _queue(self, job: int | None, work: Callable[[], None]) -> None:
        if job is not None:
            self._note(job)
        self._work.put((job, work))

    def _cancel(self, job: int) -> None:
        event = self._cancels.get(job)
        if event is not None:
            event.set()

    # -------------------------------------------------------------- the heart

    def _beat(self) -> None:
        while True:
            self.send(Heartbeat(resident_bytes(), self._busy))
            time.sleep(BEAT)
            placing = self._placing
            if placing is not None and placing.reporter is not None:
                placing.reporter.flush()

    # -------------------------------------------------------------- working (the job thread)

    def _toil(self) -> None:
        self._prepare()
        while True:
            try:
                job, work = self._work.get(timeout=self.idle)
            except queue.Empty:
                if self._models is not None and len(self._models):
                    self._free()
                continue
            self._busy = job
            self._attempt(job, work)
            self._busy = None

    def _prepare(self) -> None:
        """Imports everything heavy before the first job needs it."""
        started = time.monotonic()
        try:
            import torch

            from . import devices, jobs, model_list  # noqa: F401
            from .warm_models import WarmModels

            torch.set_num_threads(self.threads)
            self._models = WarmModels()
        except (ImportError, OSError, RuntimeError) as error:
            logging.exception("the runtime cannot be used")
            self.send(failure(None, error if isinstance(error, ImportError) else ImportError(str(error))))
            self.leave(EXIT_RUNTIME)
        text = f"ready after {time.monotonic() - started:.1f} s"
        logging.info(text)
        self.send(Log("info", text))

    def _attempt(self, job: int | None, work: Callable[[], None]) -> None:
        """Does one piece of work; whatever goes wrong ends it alone."""
        cancel = threading.Event() if job is None else self._note(job)
        try:
            if cancel.is_set():
                raise Cancelled("cancelled before it began")
            work()
        except Exception as error:
            if cancel.is_set():
                logging.info("job %s cancelled", job)
                self.send(WasCancelled(job if job is not None else 0))
            else:
                told = failure(job, error)
                logging.log(
                    logging.ERROR if told.kind in ("internal", "memory", "device", "runtime") else logging.INFO,
                    "job %s failed (%s): %s",
                    job,
                    told.kind,
                    told.message,
                    exc_info=error if told.kind in ("internal", "device", "runtime") else None,
                )
                self.send(told)
        finally:
            if job is not None:
                self._cancels.pop(job, None)
                self.parcels.drop(job)

    def _place(self, order: Place) -> None:
        from .jobs import Placing

        logging.info("job %d: place %s: %s", order.job, ", ".join(order.objects), order.prompt[:200])
        bundle = self.parcels.find(order.job, order.bundle)
        # A folder of the worker's own only where it is needed: a worker that is killed leaves it behind.
        folder = Path(order.folder) if order.folder else self.parcels.folder(order.job)
        placing = Placing(order, bundle, folder, self.send, self._note(order.job))
        self._placing = placing
        try:
            placing.run(self._models.load)
        finally:
            self._placing = None

    def _read(self, order: Read) -> None:
        from .jobs import read_only

        self.send(read_only(order, self.parcels.find(order.job, order.bundle)))

    def _download(self, order: Download) -> None:
        from .model_list import download

        started = time.monotonic()
        path = download(order, self.send, self._note(order.job), time.monotonic)
        self.send(Finished(order.job, str(path), round(time.monotonic() - started, 3)))

    def _list_devices(self) -> None:
        from .devices import list_devices

        self.send(list_devices())

    def _list_models(self) -> None:
        from .model_list import list_models

        self.send(list_models())

    def _free(self) -> None:
        count = self._models.free()
        text = f"let go of {count} model{'s' * (count != 1)}"
        logging.info(text)
        self.send(Log("info", text))
