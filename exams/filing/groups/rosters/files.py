"""Portraits and scans that an institution adds for its people: one by one, or many in a ZIP named by person.

A ZIP asks for no decision: what matches goes to its person at once, what does not is listed with the reason, and
nothing holds up anything else (R16).
"""

import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Photo
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import RosterEntry, RosterFile, RosterUpload
from exams.filing.groups.queries import STAGES, WITH_THE_INSTITUTION, staged
from exams.filing.groups.rosters.file_names import PORTRAIT, Read, read_name, same_name
from exams.filing.groups.rosters.leases import hold_upload
from exams.filing.groups.rosters.staging import fail_upload
from portal import clock
from portal.audit import trail
from portal.faults import passes
from portal.files import store
from portal.files.archives import Member, list_members, unpack_members
from portal.files.errors import UnusableFile
from portal.files.intake import EvidenceResult, PhotoResult, check_evidence, check_photo
from portal.files.models import StoredFile
from portal.rules.findings import Finding, Refused
from portal.rules.wording import EVIDENCE_NAMES

logger = logging.getLogger(__name__)

FILES_A_PERSON = 40
CODES = tuple(code for code in EVIDENCE_NAMES if code not in ("photo", "signed_form"))
"""What an institution may add for a person; the signed form comes on paper (A3-1)."""

OUTCOMES = {
    "portrait": "张照片已放入",
    "evidence": "份材料已放入",
    "same": "个没有变化",
    "refused": "个没有采用",
}
"""The keys of a ZIP's `counts`, with their words."""

MOST_REPORTED = 1000
"""Refused files listed by name; the counts are of all."""

_State = RosterUpload.State


def set_portrait(*, actor: Account, entry: RosterEntry, checked: PhotoResult) -> bool:
    """Make this the person's portrait; False where it is already. Raises Refused where the person may not be changed.

    A portrait that no application was filed with is deleted when another takes its place.
    """
    finish = _portrait(actor, entry, checked)
    if finish is None:
        return False
    with transaction.atomic():
        finish()
    return True


def add_file(*, actor: Account, entry: RosterEntry, code: str, checked: EvidenceResult) -> bool:
    """Add a scan as evidence of this code (CODES); False where it is there already. Raises Refused."""
    finish = _scan(actor, entry, code, checked)
    if finish is None:
        return False
    with transaction.atomic():
        finish()
    return True


Finish = Callable[[], None]
"""What is left to do in a transaction, once the bytes are on disk."""


def _portrait(actor: Account, entry: RosterEntry, checked: PhotoResult) -> Finish | None:
    held = _fresh(actor, entry)
    if held.portrait is not None and held.portrait.sha256 == _digest(checked.photo):
        return None
    file, small = (
        store.write(data, kind=kind, media_type="image/jpeg", display_name="照片.jpg")
        for data, kind in ((checked.photo, "photo"), (checked.print_copy, "photo_print"))
    )

    def finish() -> None:
        held = _fresh(actor, entry, lock=True)
        file.save(force_insert=True)
        small.save(force_insert=True)
        before = [one for one in (held.portrait, held.portrait_print) if one is not None]
        held.portrait, held.portrait_print, held.portrait_hints = file, small, list(checked.hints)
        held.save(update_fields=["portrait", "portrait_print", "portrait_hints"])
        if not Photo.objects.filter(file__in=before).exists():
            _discard_later(before)
        _note("groups.set_portrait", actor, held, {"file": file.pk})

    return finish


def _scan(actor: Account, entry: RosterEntry, code: str, checked: EvidenceResult) -> Finish | None:
    if code not in CODES:
        raise Refused(Finding("", "unknown_evidence", "请选择材料的类别。", found=code, field="code"))
    held = _fresh(actor, entry)
    kept = held.files.filter(removed_at=None)
    if kept.filter(code=code, file__sha256=_digest(checked.data)).exists():
        return None
    if kept.count() >= FILES_A_PERSON:
        sentence = f"{held.row.name}的材料已有 {FILES_A_PERSON} 个文件，请先删除用不着的。"
        raise Refused(Finding("", "too_many_files", sentence, need=FILES_A_PERSON))
    ending = ".pdf" if checked.media_type == "application/pdf" else ".jpg"
    file = store.write(
        checked.data,
        kind="evidence",
        media_type=checked.media_type,
        # Not as it was called: names hold the person's number.
        display_name=EVIDENCE_NAMES[code].partition("（")[0].removesuffix("原件") + ending,
    )

    def finish() -> None:
        held = _fresh(actor, entry, lock=True)
        file.save(force_insert=True)
        RosterFile.objects.create(
            id=uuid4(), entry=held, code=code, file=file, added_by=actor, added_at=clock.now()
        )
        _note("groups.add_file", actor, held, {"code": code, "file": file.pk, "pages": checked.pages})

    return finish


@transaction.atomic
def remove_file(*, actor: Account, file: RosterFile) -> None:
    """Take a scan away again; its bytes go too, unless the person was filed with it. Raises Refused. Idempotent."""
    entry = _fresh(actor, file.entry, lock=True)
    found = entry.files.select_related("file").filter(pk=file.pk, removed_at=None).first()
    if found is None:
        return
    found.removed_at = clock.now()
    found.save(update_fields=["removed_at"])
    if entry.application_id is None:
        _discard_later([found.file])
    _note("groups.remove_file", actor, entry, {"code": found.code, "file": found.file_id})


def _fresh(actor: Account, entry: RosterEntry, *, lock: bool = False) -> RosterEntry:
    """The entry as it is now. Raises Refused where the actor or the time does not allow a change to it."""
    if lock:
        RosterEntry.objects.select_for_update().get(pk=entry.pk)
    rows = staged(RosterEntry.objects.filter(pk=entry.pk))
    fresh = rows.select_related("filing__institution", "portrait", "portrait_print").get()
    filing, name = fresh.filing, fresh.row.name
    demand_role(actor, filing.institution)
    if fresh.removed_at is not None:
        raise Refused(Finding("", "removed", f"{name}已经移出这批申报。"))
    if filing.closed_at is not None:
        raise Refused(Finding("", "filing_closed", "这批申报已关闭，不能再改照片和材料。"))
    if fresh.stage not in WITH_THE_INSTITUTION:
        sentence = f"{name}目前是“{STAGES[fresh.stage]}”，照片和材料不能更改。"
        raise Refused(Finding("", "wrong_stage", sentence, found=fresh.stage))
    return fresh


def _discard_later(files: list[StoredFile]) -> None:
    for file in files:
        transaction.on_commit(partial(store.discard, file))


def _note(action: str, actor: Account, entry: RosterEntry, detail: dict[str, Any]) -> None:
    trail.record(action, actor=actor, subject=entry, person_id=entry.person_id, detail=detail)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ── A ZIP, in the background ─────────────────────────────────────────────────────────────────────────────────


def work_on_files(upload: RosterUpload, deadline: float) -> None:
    """Match an uploaded ZIP with the filing's people, then put its files in place one after another until `deadline`.

    `upload` is leased; each step proves it. Files whose name fits nobody are listed first, in one step; what is left to
    do is kept with the upload, so that whoever goes on after a kill begins with the next file.
    """
    if upload.state == _State.WAITING:
        _match(upload)
    if upload.state == _State.CHECKING:
        _place(upload, deadline)


def _match(upload: RosterUpload) -> None:
    try:
        members = list_members(upload.file)
    except UnusableFile as refusal:
        fail_upload(upload, refusal.sentence)
        return
    if not members:
        fail_upload(upload, "压缩包里没有文件。请把照片放进一个文件夹，压缩后再上传。")
        return
    work, report = _plan(upload, members)
    plan = json.dumps(work, ensure_ascii=False).encode()
    kept = store.write(plan, kind="archive_plan", media_type="application/json", display_name="匹配结果")
    with hold_upload(upload) as held:
        kept.save(force_insert=True)
        held.parsed, held.state = kept, _State.CHECKING
        held.total, held.done = len(members), len(members) - len(work)
        held.report = report[:MOST_REPORTED]
        held.counts = {"refused": len(report)} if report else {}
        if doubles := held.done - len(report):
            held.counts["same"] = doubles


def _plan(upload: RosterUpload, members: list[Member]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """What to put where ({"member", "entry", "code"}), and what is not taken, with the reason."""
    live = RosterEntry.objects.filter(filing=upload.filing_id, removed_at=None)
    people = {
        index: (key, name) for index, key, name in live.values_list("document_index", "pk", "row__name")
    }
    portraits: dict[str, list[Member]] = defaultdict(list)
    evidence, report = [], []
    for member in members:
        read = read_name(member.name, people.__contains__)
        problem = member.problem or _misfit(read, people)
        if problem:
            report.append({"name": member.name, "sentence": problem})
        elif read.code == PORTRAIT:
            portraits[read.index].append(member)
        else:
            evidence.append((member, people[read.index][0], read.code))
    work = []
    for index, found in portraits.items():
        key, name = people[index]
        if len({(member.crc, member.size) for member in found}) == 1:
            work.append((found[0], key, PORTRAIT))
            continue
        sentence = f"{name}有 {len(found)} 张不同的照片，不知道用哪一张，都没有采用。请只留一张。"
        report += [{"name": member.name, "sentence": sentence} for member in found]
    work += evidence
    return [
        {"member": member.as_record(), "entry": str(key), "code": code} for member, key, code in work
    ], report


def _misfit(read: Read, people: dict[str, tuple[UUID, str]]) -> str:
    """Why a name fits nobody; empty where it fits."""
    if not read.index:
        if read.number_like:
            return "文件名里的证件号码不在这批申报的名单里。请对照花名册核对号码。"
        return "文件名里没有证件号码。请按“姓名_证件号码”或只用证件号码命名。"
    name = people[read.index][1]
    if not read.name or same_name(read.name, name):
        return ""
    if same_name(read.name[: len(name)], name):
        return f"认不出“{read.name[len(name) :]}”是什么材料。材料请写明类别，例如“毕业证书”；照片不用写。"
    return f"文件名里的姓名与花名册不一致：这个证件号码在花名册里是{name}。"


def _place(upload: RosterUpload, deadline: float) -> None:
    work = json.loads(store.read(upload.parsed))
    begun = upload.total - len(work)
    waiting = work[upload.done - begun :]
    members = [Member(**one["member"]) for one in waiting]
    for one, (member, data) in zip(waiting, unpack_members(upload.file, members), strict=True):
        finish, sentence = _prepare(upload.uploaded_by, one, data)
        with hold_upload(upload) as held:
            outcome = "refused" if sentence else "same"
            if finish is not None:
                outcome, sentence = _finished(finish, one["code"])
            held.done += 1
            held.counts = {**held.counts, outcome: held.counts.get(outcome, 0) + 1}
            if sentence and len(held.report) < MOST_REPORTED:
                held.report = [*held.report, {"name": member.name, "sentence": sentence}]
        if monotonic() >= deadline:
            break
    if upload.done == upload.total:
        _end(upload)


def _prepare(actor: Account, one: dict[str, Any], data: bytes | UnusableFile) -> tuple[Finish | None, str]:
    """What is left to do for one file of the archive; else None, with a sentence where it is refused."""
    name = one["member"]["name"]
    try:
        if isinstance(data, UnusableFile):
            raise data
        entry = RosterEntry.objects.get(pk=one["entry"])
        if one["code"] == PORTRAIT:
            return _portrait(actor, entry, check_photo(data, name)), ""
        return _scan(actor, entry, one["code"], check_evidence(data, name)), ""
    except UnusableFile as refusal:
        return None, refusal.sentence
    except Refused as refusal:
        return None, str(refusal)
    except Exception as error:  # whatever it is, the other files go on
        if passes(error):
            raise
        logger.warning("a file for entry %s not placed: %s", one["entry"], type(error).__name__)
        return None, "处理这个文件时系统出了问题，没有采用。请单独上传；仍不行的，请联系协会。"


def _finished(finish: Finish, code: str) -> tuple[str, str]:
    try:
        finish()
    except Refused as refusal:  # before anything was written
        return "refused", str(refusal)
    return "portrait" if code == PORTRAIT else "evidence", ""


def _end(upload: RosterUpload) -> None:
    """What was to be taken is with its people; the archive, full of names and numbers, is not kept."""
    with hold_upload(upload) as held:
        for file in (held.file, held.parsed):
            transaction.on_commit(partial(store.discard, file))
        held.state, held.parsed, held.finished_at = _State.TAKEN, None, clock.now()
        trail.record("groups.files_placed", actor=None, subject=held, detail=held.counts)
