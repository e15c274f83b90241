"""The locks: the same files everywhere, from no place they name, in step with what we ask for."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("runtime", "development")


@pytest.fixture(scope="session")
def requirements(project_root) -> Path:
    return project_root / "portal" / "requirements"


def asked(requirements: Path, name: str) -> dict[str, Requirement]:
    """What NAME.in asks for itself, by canonical name."""
    lines = (requirements / f"{name}.in").read_text(encoding="utf-8").splitlines()
    stated = [line.partition("#")[0].strip() for line in lines]
    found = [Requirement(line) for line in stated if line and not line.startswith("-r")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def pinned(requirements: Path, name: str) -> dict[str, str]:
    """Each `name==version` of NAME.txt, the version with its marker."""
    text = (requirements / f"{name}.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_holds_no_address(requirements, name):
    text = (requirements / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|--trusted-host| @ ", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(requirements, name):
    text = (requirements / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    without = [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert entries
    assert not without


@pytest.mark.parametrize("name", LOCKS)
def test_lock_is_in_step_with_what_we_ask_for(requirements, name):
    """Each pin says who asked for it: those that we asked for are those of the .in file."""
    text = (requirements / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    ours = {
        canonicalize_name(re.match(r"[\w.-]+", entry).group())
        for entry in entries
        if re.search(rf"#\s+(via )?-r \S*{name}\.in$", entry, flags=re.MULTILINE)
    }
    wanted = asked(requirements, name)
    assert ours == set(wanted)
    pins = pinned(requirements, name)
    wrong = [str(need) for package, need in wanted.items() if not need.specifier.contains(pins[package])]
    assert not wrong


def test_development_lock_contains_the_runtime_lock(requirements):
    """One virtual environment serves both commands."""
    development = pinned(requirements, "development")
    assert pinned(requirements, "runtime").items() <= development.items()
