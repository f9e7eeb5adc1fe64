"""``sgvop train-guidance``: makes the pictures, trains the guidance model on them, and exports it for ``--clip``."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SettingsError
from .interrupt import cancel_on_interrupt
from .output import check_file, check_folder, json_text, write_json
from .values import read_count, read_device, read_number

if TYPE_CHECKING:
    from ..training.mixing import Mix
    from ..training.split import Split


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the parts with their options."""
    parts = parser.add_subparsers(dest="part", metavar="PART", title="parts", required=True)
    data = parts.add_parser("data", help="render training pictures into a folder", allow_abbrev=False)
    data.add_argument("folder", metavar="DATA", help="folder for the pictures; what is already there is kept")
    data.add_argument(
        "--pictures", type=read_count, default=200_000, metavar="N", help="how many in all (default: 200000)"
    )
    data.add_argument("--size", type=read_count, default=96, metavar="PIXELS", help="of each side (default: 96)")
    data.add_argument(
        "--seed", type=read_count, default=0, metavar="N", help="another seed, other pictures (default: 0)"
    )
    data.add_argument(
        "--split", default="train", metavar="train|test", help="which assets, textures and rooms (default: train)"
    )
    data.add_argument(
        "--blender",
        type=read_number,
        default=0.0,
        metavar="SHARE",
        help="share that Cycles renders; needs bpy (default: 0)",
    )
    data.add_argument(
        "--plain",
        type=read_number,
        default=0.4,
        metavar="SHARE",
        help="share of scenes with a large target and no clutter",
    )
    data.add_argument("--alone", type=read_number, default=0.25, metavar="SHARE", help="share of targets alone")
    data.add_argument(
        "--placed",
        type=read_number,
        default=0.0,
        metavar="SHARE",
        help="share of scenes as a placement shows them to other models: close-ups (default: 0)",
    )
    data.add_argument(
        "--studio",
        type=read_number,
        default=0.0,
        metavar="SHARE",
        help="share of scenes as a placement shows them to the builtin model (default: 0)",
    )
    data.add_argument("--crowd", type=read_number, default=0.0, metavar="SHARE", help="share of scenes of many things")
    data.add_argument(
        "--searched",
        type=read_number,
        default=0.0,
        metavar="SHARE",
        help="share of the studio's poses that are such as a search comes by (default: 0)",
    )
    data.add_argument(
        "--meshes", metavar="FOLDER", help="folder of meshes, one thing a file, called what the file is called"
    )
    data.add_argument(
        "--given",
        type=read_number,
        metavar="SHARE",
        help="share of things that are of --meshes (default: 0.3)",
    )
    data.add_argument("--workers", type=read_count, default=2, metavar="N", help="processes (default: 2)")
    fit = parts.add_parser("fit", help="train on one or several such folders", allow_abbrev=False)
    fit.add_argument("data", nargs="+", metavar="DATA", help="folder with training pictures")
    fit.add_argument("--out", required=True, metavar="RUN", help="folder of the run: settings, log, checkpoint")
    fit.add_argument("--config", metavar="FILE.json", help="settings (default: the shipped model's)")
    fit.add_argument("--steps", type=read_count, default=0, metavar="N", help="length of the whole run in steps")
    fit.add_argument("--minutes", type=read_number, default=0.0, metavar="N", help="or in minutes, all pieces together")
    fit.add_argument(
        "--start-from",
        metavar="RUN|MODEL",
        help="begin with the weights of another run or model, also of pictures of another size or of a smaller model",
    )
    fit.add_argument("--pause-after", type=read_number, metavar="MINUTES", help="end this piece then, to be resumed")
    fit.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    fit.add_argument(
        "--processes",
        type=read_count,
        default=1,
        metavar="N",
        help="processes that share the groups of a step, on the CPU (default: 1)",
    )
    fit.add_argument(
        "--workers",
        type=read_count,
        default=0,
        metavar="N",
        help="processes that make batches, for a device faster than one can (default: a thread does)",
    )
    fit.add_argument(
        "--compile", action="store_true", help="have torch compile the network first; needs a C++ compiler"
    )
    export = parts.add_parser("export", help="make a model folder for --clip of a run", allow_abbrev=False)
    export.add_argument("run", metavar="RUN", help="folder of the run")
    export.add_argument("--out", required=True, metavar="FOLDER", help="folder for weights, config and tokenizer")
    tune = parts.add_parser(
        "tune",
        help="tune what a run or a model reads and what it says of pictures, all else locked",
        allow_abbrev=False,
    )
    tune.add_argument("model", metavar="RUN|MODEL", help="folder of the run or of the exported model")
    tune.add_argument("data", nargs="+", metavar="DATA", help="folder with training pictures")
    tune.add_argument("--out", required=True, metavar="FOLDER", help="folder for weights, config and tokenizer")
    tune.add_argument(
        "--scenes", type=read_count, default=3000, metavar="N", help="scenes that are looked at (default: 3000)"
    )
    tune.add_argument("--steps", type=read_count, default=500, metavar="N", help="of 24 scenes each (default: 500)")
    tune.add_argument(
        "--layers", type=read_count, default=1, metavar="N", help="last layers of the picture tower (default: 1)"
    )
    tune.add_argument(
        "--seeing-rate",
        type=read_number,
        metavar="RATE",
        help="of what is tuned of the picture tower (default: 0.00012)",
    )
    tune.add_argument(
        "--lively",
        type=read_count,
        metavar="N",
        help="patches that the model computes from then on (default: as many as before)",
    )
    tune.add_argument(
        "--seed", type=read_count, default=0, metavar="N", help="another seed, other sentences (default: 0)"
    )
    tune.add_argument(
        "--processes",
        type=read_count,
        default=1,
        metavar="N",
        help="processes that share the scenes of a step, on the CPU (default: 1)",
    )
    tune.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    validate = parts.add_parser(
        "validate", help="what a run or a model tells right of such folders", allow_abbrev=False
    )
    validate.add_argument("model", metavar="RUN|MODEL", help="folder of the run or of the exported model")
    validate.add_argument("data", nargs="+", metavar="DATA", help="folder with training pictures")
    validate.add_argument(
        "--learnt", action="store_true", help="look at what a run on that data learns from, not at what it holds out"
    )
    validate.add_argument(
        "--groups", type=read_count, default=400, metavar="N", help="scenes that are looked at (default: 400)"
    )
    validate.add_argument("--json", metavar="FILE.json", help="also write the figures there; - prints them alone")
    for part in (export, tune, validate):
        part.add_argument(
            "--mix",
            metavar="RUN|MODEL",
            help="average with the weights of another, best one that began where this did",
        )
        part.add_argument(
            "--share", type=read_number, default=0.5, metavar="SHARE", help="of the other's weights (default: 0.5)"
        )
    for part in (fit, tune, validate):
        part.add_argument(
            "--device",
            default="auto",
            type=read_device,
            metavar="auto|cpu|cuda|mps",
            help="where torch computes (default: auto)",
        )
        part.add_argument(
            "--threads", type=read_count, metavar="N", help="threads torch may use (default: its own choice)"
        )
    for part in (data, fit, export, tune, validate):
        part.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Runs one part; returns the exit code."""
    return {"data": _data, "fit": _fit, "export": _export, "tune": _tune, "validate": _validate}[arguments.part](
        arguments
    )


def _data(arguments: argparse.Namespace) -> int:
    for name in ("pictures", "size", "workers"):
        _at_least_one(name, getattr(arguments, name))
    if arguments.split not in ("train", "test"):
        raise SettingsError(f"--split is '{arguments.split}'; give train or test")
    folder = check_folder(arguments.folder, "DATA")
    from ..training.generate import SceneShares, generate
    from ..training.given import given_meshes

    def told(line: str) -> None:
        _say(arguments, line)

    split: Split = "test" if arguments.split == "test" else "train"
    if arguments.given is not None and arguments.meshes is None:
        raise SettingsError("--given says how many things are of --meshes; name their folder with --meshes")
    given = None
    if arguments.meshes is not None:
        share = 0.3 if arguments.given is None else arguments.given
        given = given_meshes(Path(arguments.meshes), share, split, told)
    generate(
        folder,
        arguments.pictures,
        seed=arguments.seed,
        workers=arguments.workers,
        size=arguments.size,
        blender=arguments.blender,
        shares=SceneShares(
            arguments.plain, arguments.alone, arguments.placed, arguments.studio, arguments.crowd, arguments.searched
        ),
        split=split,
        notify=told,
        given=given,
    )
    print(f"training pictures are in {folder}; go on with: sgvop train-guidance fit {folder} --out RUN --minutes 120")
    return 0


def _fit(arguments: argparse.Namespace) -> int:
    for name in ("threads", "pause_after", "processes"):
        if getattr(arguments, name) is not None and getattr(arguments, name) <= 0:
            raise SettingsError(f"--{name.replace('_', '-')} must be above 0")
    if arguments.workers < 0:
        raise SettingsError("--workers must be 0 or more")
    if arguments.resume and arguments.start_from:
        raise SettingsError("--start-from belongs to a new run; a run that is resumed goes on with its own weights")
    if arguments.resume and arguments.config:
        raise SettingsError("--config belongs to a new run; a run that is resumed keeps its own")
    import torch

    from ..placement.problem import choose_device
    from ..training.captions import corpus_words
    from ..training.checkpoint import load_checkpoint, read_run, tokenizer_path
    from ..training.data import Dataset
    from ..training.fit_config import SHIPPED, read_config
    from ..training.loop import Span, fit, start_run
    from ..training.tokenizer import build_bpe

    folder, steps, minutes = Path(arguments.out), arguments.steps, arguments.minutes
    if arguments.resume and not steps and not minutes:
        before, _ = load_checkpoint(folder)
        steps, minutes = before.steps, before.minutes
    span = Span(steps, minutes, arguments.pause_after or float("inf"))
    device = choose_device(arguments.device)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    start = Path(arguments.start_from) if arguments.start_from else None
    wanted = Path(arguments.config) if arguments.config else SHIPPED
    config = read_run(folder) if arguments.resume else read_config(wanted)
    data = Dataset([Path(name) for name in arguments.data], config.model.image_size)
    _say(arguments, f"{data.count} pictures in {len(data)} groups, on {device.type}")
    if not arguments.resume:

        def tokens(path: Path) -> object:
            return shutil.copyfile(tokenizer_path(start), path) if start else build_bpe(path, corpus_words())

        start_run(check_folder(arguments.out, "--out"), config, tokens)
    told = "stopping after this step; go on later with --resume (Ctrl-C again stops at once)"
    with cancel_on_interrupt(lambda _: _say(arguments, told)) as cancel:
        state = fit(
            folder,
            data,
            span,
            device,
            arguments.resume,
            notify=lambda line: _say(arguments, line),
            start=start,
            stop=cancel.is_set,
            compiled=arguments.compile,
            processes=arguments.processes,
            workers=arguments.workers,
        )
    print(
        f"{state.step} steps, {state.pictures} pictures, {state.seconds / 60:.1f} minutes so far; the run is in {folder}"
    )
    if state.finished:
        print(f"finished; go on with: sgvop train-guidance export {folder} --out FOLDER")
        return 0
    print("not finished; go on with --resume")
    return 130 if cancel.is_set() else 0


def _export(arguments: argparse.Namespace) -> int:
    from ..training.export import export_model

    check_folder(arguments.out, "--out")
    mix = _mix(arguments)
    done = export_model(Path(arguments.run), Path(arguments.out), lambda line: _say(arguments, line), mix)
    print(
        f"{done.bytes / 1e6:.1f} MB in {done.folder} (step {done.step}, agrees with the run to a cosine of"
        f" {done.agreement:.4f}); use it with --clip {done.folder}"
    )
    return 0


def _tune(arguments: argparse.Namespace) -> int:
    for name in ("scenes", "steps", "layers", "lively", "processes", "threads"):
        if getattr(arguments, name) is not None:
            _at_least_one(name, getattr(arguments, name))
    import torch

    from ..placement.problem import choose_device
    from ..training.tuning import TuningConfig
    from ..training.tuning_run import tune_model

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = TuningConfig(steps=arguments.steps, layers=arguments.layers, seed=arguments.seed)
    if arguments.seeing_rate is not None:
        if not arguments.seeing_rate > 0:
            raise SettingsError(f"--seeing-rate is {arguments.seeing_rate:g}; give a number above 0")
        config = replace(config, seeing_rate=arguments.seeing_rate)
    told = "stopping after this step; go on later with --resume (Ctrl-C again stops at once)"
    with cancel_on_interrupt(lambda _: _say(arguments, told)) as cancel:
        written = tune_model(
            Path(arguments.model),
            [Path(name) for name in arguments.data],
            check_folder(arguments.out, "--out"),
            choose_device(arguments.device),
            config,
            arguments.scenes,
            arguments.lively,
            lambda line: _say(arguments, line),
            arguments.processes,
            arguments.resume,
            cancel.is_set,
            _mix(arguments),
        )
    if written is None:
        print("not finished; go on with --resume")
        return 130
    print(
        f"{written[0] / 1e6:.1f} MB in {arguments.out} (agrees with what was tuned to a cosine of {written[1]:.4f});"
        f" use it with --clip {arguments.out}"
    )
    return 0


def _validate(arguments: argparse.Namespace) -> int:
    for name in ("groups", "threads"):
        if getattr(arguments, name) is not None:
            _at_least_one(name, getattr(arguments, name))
    to_json = None if arguments.json in (None, "-") else check_file(arguments.json, "--json", (".json",))
    import torch

    from ..placement.problem import choose_device
    from ..training.examination import examine, table

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    found = examine(
        Path(arguments.model),
        [Path(name) for name in arguments.data],
        choose_device(arguments.device),
        mix=_mix(arguments),
        learnt=arguments.learnt,
        groups=arguments.groups,
        notify=lambda line: _say(arguments, line),
    )
    if to_json is not None:
        write_json(to_json, found)
    print(json_text(found) if arguments.json == "-" else "\n".join(table(found)))
    return 0


def _mix(arguments: argparse.Namespace) -> Mix | None:
    from ..training.mixing import Mix

    return Mix(Path(arguments.mix), arguments.share) if arguments.mix else None


def _at_least_one(name: str, value: int) -> None:
    if value < 1:
        raise SettingsError(f"--{name} is {value}; give a number of 1 or more")


def _say(arguments: argparse.Namespace, line: str) -> None:
    if not arguments.quiet:
        print(line, file=sys.stderr, flush=True)
