"""What the documents name exists, and what an operator or reader must know is named."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from portal.rules.findings import canonical_json
from portal.rules.notice import shipped
from portal.rules.topics import TOPICS, Sources, answer_line
from portal.workdays import is_working_day

ROOT = Path(settings.BASE_DIR)
APPS = ("portal", "applicants", "exams", "certificates")
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(file for app in APPS for file in ROOT.glob(f"{app}/**/*.md")),
    ]
)
DECISIONS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
REGISTRIES = r"pypi\.|pythonhosted|npmjs|registry\.npm|/simple/|crates\.io|proxy\.golang"

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))


def read(*names: str) -> str:
    return "".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def prose(document: Path) -> str:
    """Without indented and fenced code, whose square brackets are no links."""
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^ {4}.*$", "", text, flags=re.MULTILINE)


def anchors(document: Path) -> set[str]:
    """Of its headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def own_commands() -> set[str]:
    files = (file for app in APPS for file in (ROOT / app).glob("management/commands/*.py"))
    return {file.stem for file in files} - {"__init__"}


def broken(document: Path, link: str) -> bool:
    """Links within the repository, and addresses of the portal such as the guides have."""
    if re.match(r"[a-z]+:", link):
        return False
    if link.startswith("/"):
        try:
            resolve(link)
        except Resolver404:
            return True
        return False
    name, _, anchor = link.partition("#")
    target = (document.parent / name) if name else document
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@every_document
def test_links_lead_somewhere(document):
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", prose(document))
    assert [link for pair in links for link in pair if link and broken(document, link)] == []


@every_document
def test_paths_named_in_code_exist(document):
    folders = "|".join((*APPS, "templates", "static", "tests", "docs", r"\.ci"))
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`", document.read_text(encoding="utf-8"))
    # Next year's notice is not there yet.
    assert [path for path in named if not (ROOT / path).exists() and path != "portal/notices/2027.toml"] == []


@every_document
def test_commands_exist(document):
    named = set(re.findall(r"manage\.py ([a-z_]+)", document.read_text(encoding="utf-8")))
    assert named <= set(get_commands())


@every_document
def test_no_package_registry_is_named(document):
    assert not re.search(REGISTRIES, document.read_text(encoding="utf-8"))


def test_every_command_of_ours_is_told():
    told = read("README.md", "docs/operations.md")
    assert {name for name in own_commands() if f"manage.py {name}" not in told} == set()
    assert len(own_commands()) >= 9


def test_every_variable_is_explained_to_operators():
    settings_read = set(re.findall(r"(?:\benv\.\w+|_secret)\(\s*\"([A-Z_]+)\"", read("portal/settings.py")))
    compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", read("docker-compose.yml")))
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", read("docs/operations.md")))
    assert (settings_read | compose) - told == set()
    assert len(settings_read) > 20


def test_defaults_told_are_those_of_the_settings():
    told = dict(re.findall(r"^\| `(\w+)` \| (`?[^|`]+`?) \|", read("docs/operations.md"), flags=re.MULTILINE))
    assert told["FILE_QUOTA_BYTES"] == str(settings.FILE_QUOTA_BYTES)
    assert told["CERTIFICATE_BODY_CODE"].strip("`") == settings.CERTIFICATE_BODY_CODE
    assert told["ASSOCIATION_NAME"] == settings.ASSOCIATION_NAME


def test_the_map_names_every_folder():
    mapped = read("README.md").partition("## Map")[2].partition("##")[0]
    ignored = {line.rstrip("/") for line in read(".gitignore").splitlines()} | {".git"}
    folders = {entry.name for entry in ROOT.iterdir() if entry.is_dir()} - ignored
    assert {name for name in folders if f"{name}/" not in mapped} == set()


def test_slices_are_mapped_in_their_order():
    slices = re.findall(r'exams\.(\w+)\.urls"', read("exams/urls.py"))
    line = next(line for line in read("README.md").splitlines() if "catalogue →" in line)
    assert [name for name in re.findall(r"\w+", line.partition(":")[2]) if name in slices] == slices


@pytest.mark.parametrize(
    ("asked", "topic", "answered"),
    re.findall(r"\$ echo '(.+)' \| python3 manage\.py rules ([\w-]+)\n +(\{.+\})", read("README.md")),
)
def test_examples_answer_as_printed(asked, topic, answered):
    answer = answer_line(topic, asked.encode(), Sources(shipped(), is_working_day))
    assert canonical_json(answer).decode() == answered


def test_every_topic_is_told():
    told = read("README.md").partition("Topics: ")[2].partition("\n")[0]
    assert re.findall(r"`([\w-]+)`", told) == list(TOPICS)


def test_decisions_are_numbered_once_and_listed_by_their_titles():
    assert max(Counter(file.name[:4] for file in DECISIONS).values()) == 1
    index = read("docs/adr/README.md")
    for file in DECISIONS:
        title = re.sub(r"^# 0*\d+\.? ", "", file.read_text(encoding="utf-8").splitlines()[0])
        assert f"- [{file.name[:4]}]({file.name}) {title}\n" in index


def test_every_package_we_ask_for_has_its_reason():
    asked = {
        re.match(r"[\w-]+", line).group()
        for name in ("runtime", "development")
        for line in read(f"portal/requirements/{name}.in").splitlines()
        if line and not line.startswith(("-", "#"))
    }
    rows = re.findall(
        r"^\| ([\w, -]+) \| ", read("docs/adr/0053-dependencies-and-why.md"), flags=re.MULTILINE
    )
    reasoned = {name for row in rows for name in row.split(", ")} - {"at run time", "for development"}
    assert reasoned == asked
