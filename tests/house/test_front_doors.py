"""A domain is entered by its front door: nobody imports what lies behind another's package."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
# Core is the ground: its modules are imported one by one. It has no front door.
DOMAINS = {path.name for path in APP.iterdir() if (path / "__init__.py").exists()} - {"core"}
# Where the application is put together, the pieces are named one by one.
ASSEMBLY = {"main.py", "cli", "worker.py", "demo"}


def _imported(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def test_the_domains_are_found() -> None:
    assert {"labels", "access", "records", "vault"} <= DOMAINS


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda p: str(p.relative_to(APP)))
def test_nobody_climbs_through_a_window(path: Path) -> None:
    home = path.relative_to(APP).parts[0]
    if home in ASSEMBLY:
        return
    for name in _imported(path):
        parts = name.split(".")
        if len(parts) > 2 and parts[0] == "app" and parts[1] in DOMAINS - {home}:
            pytest.fail(f"{path.relative_to(ROOT)} imports {name}; use app.{parts[1]}")
