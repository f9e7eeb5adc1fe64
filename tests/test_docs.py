"""The documentation and the code say the same."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from sgvop_core.cli.main import COMMANDS, build_parser

ROOT = Path(__file__).resolve().parents[1]
ARRAYS = re.compile(r"\b(Tensor|ndarray|Array|NDArray)\b")
SHAPE = re.compile(r"\[[^\[\]]*\]|\b\d+x\d+\b|``scalar``")
"""A shape in brackets such as [K, 3]; 4x4 also says it."""
MODULES = sorted([*(ROOT / "sgvop_core").rglob("*.py"), *(ROOT / "sgvop_blender").rglob("*.py")])


def public_functions(
    body: list[ast.stmt], prefix: str = "", around: str = ""
) -> Iterator[tuple[str, ast.FunctionDef, str]]:
    """Public functions and methods with the docstring of the class around them."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name, node, around
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{node.name}.", ast.get_docstring(node) or "")


def annotations(node: ast.FunctionDef) -> str:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    found = [ast.unparse(a.annotation) for a in arguments if a.annotation is not None]
    return " ".join([*found, ast.unparse(node.returns) if node.returns is not None else ""])


@cache
def classes() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Every class by name: the names of its bases, and the docstrings of its methods."""
    found: dict[str, tuple[list[str], dict[str, str]]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                told = {n.name: ast.get_docstring(n) or "" for n in node.body if isinstance(n, ast.FunctionDef)}
                found[node.name] = ([ast.unparse(base) for base in node.bases], told)
    return found


def overridden(name: str) -> str:
    """The docstrings of the methods that ``Class.method`` overrides, empty when it overrides none."""
    owner, _, method = name.rpartition(".")
    texts = []
    for base in classes().get(owner, ([], {}))[0]:
        texts += [classes().get(base, ([], {}))[1].get(method, ""), overridden(f"{base}.{method}")]
    return " ".join(texts)


def undocumented(path: Path) -> list[str]:
    """Public functions of a module that take or give arrays whose shape is told nowhere.

    It stands in the function's docstring, in that of its class or of the method that it overrides, or, where a whole
    module deals with one kind of array, in the module's docstring, in a line that begins with "Each" or "Shapes:".
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole = re.search(r"^(?:Shapes:|Each ).*", ast.get_docstring(tree) or "", re.MULTILINE | re.DOTALL)
    if whole and SHAPE.search(whole.group()):
        return []
    missing = []
    for name, node, around in public_functions(tree.body):
        text = (ast.get_docstring(node) or "") + around + overridden(name)
        if ARRAYS.search(annotations(node)) and not SHAPE.search(text):
            missing.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}: its docstring gives no shape in brackets")
    return missing


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrays_come_with_their_shapes(path: Path) -> None:
    assert not undocumented(path), "\n".join(undocumented(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_and_public_name_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path.relative_to(ROOT)} does not say what it is about"
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare, "without a docstring: " + ", ".join(bare)


def test_the_shape_check_can_fail(tmp_path: Path) -> None:
    import unittest.mock

    (tmp_path / "m.py").write_text('def f(a: Tensor) -> int:\n    """Returns a number."""\n')
    with unittest.mock.patch(f"{__name__}.ROOT", tmp_path):
        assert len(undocumented(tmp_path / "m.py")) == 1


def options(parser: argparse.ArgumentParser) -> set[str]:
    found: set[str] = set()
    for action in parser._actions:
        found.update(flag for flag in action.option_strings if flag.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                found |= options(sub)
    return found - {"--help"}


def sections(text: str) -> dict[str, str]:
    """The parts of docs/cli.md by command."""
    parts = re.split(r"^## `sgvop ([\w-]+)`.*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], (part.partition("\n## ")[0] for part in parts[2::2]), strict=True))


def test_every_option_is_documented_and_every_documented_option_exists() -> None:
    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction)).choices
    documented = sections((ROOT / "docs/cli.md").read_text(encoding="utf-8"))
    assert set(documented) == set(COMMANDS) == set(commands)
    for name, sub in commands.items():
        told = set(re.findall(r"--[a-z][a-z0-9-]*", documented[name]))
        assert options(sub) - {"--debug"} <= told, (
            f"docs/cli.md lacks options of sgvop {name}: {options(sub) - {'--debug'} - told}"
        )
        assert told - {"--debug"} <= options(sub), (
            f"docs/cli.md tells options that sgvop {name} has not: {told - options(sub)}"
        )


def readme_commands() -> list[str]:
    return re.findall(
        r"^    (python -m pip install .*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_the_check_runs_the_commands_of_the_readme() -> None:
    commands = readme_commands()
    assert commands == [
        "python -m pip install -c constraints.txt '.[blender]' && sgvop demo",
        "python -m pip install -c constraints.txt -e '.[test]' && pytest",
    ]
    check = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for command in commands:
        assert command in check, f".ci/run does not run: {command}"


def test_pictures_and_pages_that_are_linked_exist() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), (
                    f"{page.relative_to(ROOT)} links to {target}, which is not there"
                )


def test_the_architecture_page_names_every_package_and_no_file_that_is_gone() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for folder in sorted(p.parent for p in (ROOT / "sgvop_core").glob("*/__init__.py")):
        assert f"`sgvop_core/{folder.name}`" in page, (
            f"docs/architecture.md does not tell about sgvop_core/{folder.name}"
        )
    for name in re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.(?:py|json))`", page):
        found = (ROOT / "sgvop_core" / name).exists() or (ROOT / name).exists()
        assert found, f"docs/architecture.md names {name}, which is not there"


def test_every_dependency_is_justified_and_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.match(r"[A-Za-z0-9_.-]+", d).group().lower().replace("_", "-") for d in wanted}  # type: ignore[union-attr]
    told = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8").lower().replace("_", "-")
    pinned = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    for name in names:
        assert f"| {name} |" in told, f"docs/dependencies.md does not say why {name} is needed"
        assert name in pinned, f"constraints.txt does not pin {name}"


def test_the_example_result_file_is_valid_json() -> None:
    text = (ROOT / "docs/result-file.md").read_text(encoding="utf-8")
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        json.loads(block)
