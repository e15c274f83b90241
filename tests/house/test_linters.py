"""The house rules that tools hold: each test is one tool over the whole project."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
# What production must be told; the keys are throw-away ones of the right shape.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "PORTAL_ENV": "production",
    "SECRET_KEY": "only-for-this-check-" + "x4Rk9" * 10,
    "FIELD_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "INDEX_KEY": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
    "TICKET_SIGNING_KEY": "YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=",
    "ALLOWED_HOSTS": "portal.example.cn",
    "PUBLIC_BASE_URL": "https://portal.example.cn",
    "MESSAGE_BACKEND": "portal.messages.backends.FileBackend",
}


def run(root: Path, *command: str, **environment: str) -> None:
    """Run a tool from the project's root; its output is what the failing test shows."""
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}", pytrace=False)


def manage(root: Path, *arguments: str, **environment: str) -> None:
    run(root, sys.executable, "manage.py", *arguments, **environment)


def test_ruff_finds_nothing(project_root):
    run(project_root, str(BIN / "ruff"), "check", ".")


def test_code_is_formatted(project_root):
    run(project_root, str(BIN / "ruff"), "format", "--check", ".")


def test_types_of_rules_and_actions_hold(project_root):
    apps = ("portal", "applicants", "exams", "certificates")
    actions = [str(path) for app in apps for path in sorted((project_root / app).rglob("actions*.py"))]
    packages = [
        str(path) for app in apps for path in sorted((project_root / app).rglob("actions")) if path.is_dir()
    ]
    run(project_root, str(BIN / "mypy"), "portal/rules", *actions, *packages)


def test_imports_flow_one_way(project_root):
    run(project_root, str(BIN / "lint-imports"))


def test_templates_are_clean(project_root):
    run(project_root, str(BIN / "djlint"), "templates", "--lint", "--quiet")


def test_models_and_migrations_agree(project_root):
    manage(project_root, "makemigrations", "--check", "--dry-run")


def test_deployment_check_is_clean(project_root, tmp_path):
    manage(
        project_root, "check", "--deploy", "--fail-level", "WARNING", PORTAL_VAR=str(tmp_path), **PRODUCTION
    )
