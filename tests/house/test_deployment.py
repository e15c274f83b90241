"""What an operator is told is what the code reads, and the image's build steps work."""

import re

from tests.house.test_linters import PRODUCTION, manage

NAME = r"^#?([A-Z][A-Z_]+)="


def documented(project_root) -> set[str]:
    text = (project_root / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(NAME, text, flags=re.MULTILINE))


def test_every_setting_from_the_environment_is_documented(project_root):
    settings = (project_root / "portal" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"(?:\benv\.\w+|_secret)\(\s*\"([A-Z_]+)\"", settings))
    assert {"SECRET_KEY", "DATABASE_URL", "MESSAGE_BACKEND"} <= read
    assert read - documented(project_root) == set()


def test_nothing_is_documented_that_nobody_reads(project_root):
    sources = "".join(
        (project_root / name).read_text(encoding="utf-8")
        for name in ("portal/settings.py", "docker-compose.yml")
    )
    unread = {name for name in documented(project_root) if not re.search(rf"\b{name}\b", sources)}
    assert unread == set()


def test_compose_variables_are_documented(project_root):
    compose = (project_root / "docker-compose.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", compose))
    assert used
    assert used - documented(project_root) == set()


def test_static_files_collect_as_in_the_image(project_root, tmp_path):
    """The manifest refuses a style sheet or script that names a file which is not there."""
    manage(project_root, "collectstatic", "--no-input", "-v0", **PRODUCTION, STATIC_ROOT=str(tmp_path))
    assert (tmp_path / "staticfiles.json").exists()
