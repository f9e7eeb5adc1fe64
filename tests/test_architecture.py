"""Who may import whom (docs/architecture.md), held for every module, imports inside functions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 400
"""Lines of a module, at most: beyond that it has more than one subject."""

MAY_IMPORT = {
    "sgvop_core": {"placement", "scene", "errors"},
    "errors": set(),
    "wire": set(),
    "pose": {"errors"},
    "scene": {"wire", "errors"},
    "assets": {"scene", "errors"},
    "render": {"scene", "pose", "errors"},
    "guidance": {"render", "scene", "pose", "errors"},
    "placement": {"guidance", "render", "scene", "pose", "errors"},
    "worker": {"placement", "guidance", "render", "scene", "pose", "wire", "errors"},
    "training": {"placement", "guidance", "render", "scene", "pose", "assets", "wire", "errors"},
    # The bench times the demo as a user runs it; nothing but the command of that name imports the bench.
    "bench": {"training", "cli", "placement", "guidance", "render", "scene", "pose", "assets", "errors"},
    "cli": {
        "bench",
        "training",
        "worker",
        "placement",
        "guidance",
        "render",
        "scene",
        "pose",
        "assets",
        "wire",
        "errors",
    },
}
"""Part of sgvop_core -> the other parts that it may import."""
BLENDER_MAY_IMPORT = {
    "bpy",
    "bmesh",
    "mathutils",
    "bpy_extras",
    "addon_utils",
    "gpu",
    "blf",
    "numpy",
    "sgvop_blender",
    "sgvop_core",
}


def modules(package: str) -> list[Path]:
    return sorted(path for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def targets(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """The dotted modules that an import statement names; relative ones resolved."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = list(path.relative_to(ROOT).parent.parts)
        package = package[: len(package) - node.level + 1]
        base = ".".join([*package, *([node.module] if node.module else [])])
    return [f"{base}.{alias.name}" for alias in node.names]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in targets(node, path):
                yield node.lineno, target


def part_of(module: str) -> str:
    pieces = module.split(".")
    return pieces[1] if len(pieces) > 1 else pieces[0]


ALL = modules("sgvop_core") + modules("sgvop_blender")


@pytest.mark.parametrize("path", modules("sgvop_core"), ids=dotted)
def test_core_modules_import_only_what_their_part_may(path: Path) -> None:
    part = part_of(dotted(path))
    allowed = MAY_IMPORT[part] | {part}
    for line, target in imports(path):
        assert target.split(".")[0] not in {"bpy", "bmesh", "mathutils", "sgvop_blender"}, (
            f"{path}:{line} imports {target}"
        )
        if target.split(".")[0] == "sgvop_core" and target.count("."):
            other = part_of(target)
            if other in MAY_IMPORT or (ROOT / "sgvop_core" / other).is_dir():
                assert other in allowed, f"{path.relative_to(ROOT)}:{line}: {part} may not import {other} ({target})"


@pytest.mark.parametrize("path", modules("sgvop_core/guidance"), ids=dotted)
def test_guidance_knows_only_the_contract_of_renderers(path: Path) -> None:
    for line, target in imports(path):
        if target.startswith("sgvop_core.render"):
            assert target.startswith("sgvop_core.render.contract"), f"{path.relative_to(ROOT)}:{line} imports {target}"


@pytest.mark.parametrize("path", modules("sgvop_blender"), ids=dotted)
def test_blender_modules_import_only_bpy_numpy_and_the_wire(path: Path) -> None:
    import sys

    for line, target in imports(path):
        top = target.split(".")[0]
        assert top in BLENDER_MAY_IMPORT or top in sys.stdlib_module_names, (
            f"{path.relative_to(ROOT)}:{line} imports {target}"
        )
        if top == "sgvop_core":
            allowed = (
                ("sgvop_core.cli.", "sgvop_core.errors.") if path.stem == "core_command_line" else ("sgvop_core.wire",)
            )
            assert target.startswith(allowed), f"{path.relative_to(ROOT)}:{line} imports {target}"


def import_time(body: list[ast.stmt], path: Path) -> Iterator[str]:
    """The modules imported when this one is: not those inside functions or under TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from targets(node, path)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from import_time([*node.body, *node.orelse], path)
        elif isinstance(node, ast.Try):
            yield from import_time([*node.body, *node.orelse, *node.finalbody], path)


def test_no_import_goes_in_a_circle() -> None:
    known = {dotted(path): path for path in ALL}

    def home(target: str) -> str | None:
        while target and target not in known:
            target = target.rpartition(".")[0]
        return target or None

    needs = {
        name: {
            h
            for t in import_time(tree(path).body, path)
            if (h := home(t)) and h != name and not name.startswith(h + ".")
        }
        for name, path in known.items()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, "imports go in a circle: " + " -> ".join([*trail[trail.index(name) :], name])
        if name not in done:
            for other in sorted(needs[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(needs):
        visit(name, ())


@pytest.mark.parametrize("path", ALL, ids=dotted)
def test_a_module_fits_in_a_head(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LIMIT, (
        f"{path.relative_to(ROOT)} has more than one subject"
    )
    assert not {"utils", "helpers", "misc", "manager", "common"} & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", ALL, ids=dotted)
def test_outside_data_is_never_run(path: Path) -> None:
    """No pickle, eval, exec, unsafe torch.load or yaml, no shell: files from outside are data."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert not {t.split(".")[0] for t in targets(node, path)} & {"pickle", "dill", "marshal", "shelve"}, path
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in {"eval", "exec", "os.system", "yaml.load"}, f"{path}:{node.lineno} calls {name}"
            words = {k.arg: k.value for k in node.keywords}
            if name == "torch.load":
                safe = words.get("weights_only")
                assert isinstance(safe, ast.Constant) and safe.value is True, f"{path}:{node.lineno}"
            if "shell" in words:
                assert isinstance(words["shell"], ast.Constant) and words["shell"].value is False, (
                    f"{path}:{node.lineno}"
                )
