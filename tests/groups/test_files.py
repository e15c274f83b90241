"""Portraits and scans from a ZIP: whose they are by their names, what does not fit, killed and resumed, never twice."""

import io
import zipfile
from time import monotonic

import pytest
from django.conf import settings

from applicants.records.models import Evidence, Photo, document_index
from exams.filing.groups.models import RosterEntry, RosterUpload
from exams.filing.groups.rosters import files
from exams.filing.groups.rosters.file_names import read_name, same_name
from exams.filing.groups.rosters.files import add_file, remove_file, set_portrait
from exams.filing.groups.rosters.leases import claim_upload
from exams.filing.groups.rosters.uploads import receive_upload, work_on_uploads
from exams.filing.models import Status
from portal import clock
from portal.audit.models import AuditEntry
from portal.files import store
from portal.files.intake import check_evidence, check_photo
from portal.files.models import StoredFile
from portal.rules.findings import Refused
from tests.factories import load_catalogue, make_institution, make_member
from tests.files.samples import encoded, pdf_bytes, portrait, simple_pdf
from tests.groups.factories import make_entry, make_filing, make_row

pytestmark = pytest.mark.django_db
NAMES = ("王秀英", "赵国强", "阿依古丽·买买提", "孙丽")


@pytest.fixture(scope="module")
def photo() -> bytes:
    return encoded(portrait())


@pytest.fixture(scope="module")
def other_photo() -> bytes:
    return encoded(portrait(skin=(150, 110, 90)))


@pytest.fixture(scope="module")
def scan() -> bytes:
    return pdf_bytes(simple_pdf())


@pytest.fixture
def member(db):
    load_catalogue()
    return make_member(make_institution())


@pytest.fixture
def filing(member):
    return make_filing(member)


@pytest.fixture
def people(filing) -> list[RosterEntry]:
    return [make_entry(filing, name, stage="portrait") for name in NAMES]


def number(entry: RosterEntry) -> str:
    return entry.row.content["record"]["identity"]["document_number"]


def packed(contents: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return out.getvalue()


def sent(filing, contents: dict[str, bytes] | bytes) -> RosterUpload:
    """Uploaded and worked off."""
    data = contents if isinstance(contents, bytes) else packed(contents)
    upload = receive_upload(
        actor=filing.opened_by, filing=filing, kind="files", data=data, filename="照片.zip"
    )
    work_on_uploads(seconds=60)
    upload.refresh_from_db()
    return upload


def portraits(people: list[RosterEntry]) -> list[bool]:
    for entry in people:
        entry.refresh_from_db()
    return [entry.portrait is not None and entry.portrait_print is not None for entry in people]


def said(upload: RosterUpload) -> dict[str, str]:
    return {item["name"]: item["sentence"] for item in upload.report}


def test_every_usual_way_to_name_a_photo(filing, people, photo, other_photo) -> None:
    a, b, c, d = map(number, people)
    upload = sent(
        filing,
        {
            f"班级照片/王秀英_{a}.jpg": photo,
            f"{b}.JPG": other_photo,
            f"阿依古丽·买买提 - {c}.jpg": photo,
            f"孙丽{d.lower()}(1).jpeg": photo,
            "Thumbs.db": b"litter",
        },
    )
    assert (upload.state, upload.total, upload.done) == ("taken", 4, 4)
    assert upload.counts == {"portrait": 4}
    assert upload.report == []
    assert portraits(people) == [True] * 4
    small = store.read(people[0].portrait_print)
    assert small.startswith(b"\xff\xd8\xff")
    assert len(small) <= 30_000
    assert AuditEntry.objects.filter(action="groups.set_portrait").count() == 4


def test_no_number_of_a_document_stands_in_a_clear_column(filing, people, photo, scan) -> None:
    a, b, *_ = map(number, people)
    sent(filing, {f"{a}.jpg": photo, f"{b}_毕业证书.pdf": scan, f"别人_{a}.jpg": photo})
    shown = list(StoredFile.objects.values_list("display_name", flat=True))
    shown += [str(upload) for upload in RosterUpload.objects.values("counts", "problem")]
    assert not [text for text in shown if a in text or b in text]


def test_what_does_not_fit_is_listed_and_holds_up_nobody(filing, people, photo, other_photo) -> None:
    a, b, c, d = map(number, people)
    contents = {
        f"王秀英_{a}.jpg": photo,
        f"王秀英_{b}.jpg": photo,
        "李四_310105199001019999.jpg": photo,
        "孙丽.jpg": photo,
        f"阿依古丽·买买提_{c}.jpg": photo,
        f"{c}(2).jpg": other_photo,
        f"孙丽_{d}.jpg": b"\xff\xd8\xff not a picture at all",
        f"孙丽_{d}_学生证.jpg": photo,
        "更多.zip": b"PK",
    }
    upload = sent(filing, contents)
    problems = said(upload)
    assert "花名册里是赵国强" in problems[f"王秀英_{b}.jpg"]
    assert "不在这批申报的名单里" in problems["李四_310105199001019999.jpg"]
    assert "没有证件号码" in problems["孙丽.jpg"]
    assert "2 张不同的照片" in problems[f"阿依古丽·买买提_{c}.jpg"]
    assert "2 张不同的照片" in problems[f"{c}(2).jpg"]
    assert "已损坏" in problems[f"孙丽_{d}.jpg"]
    assert "学生证" in problems[f"孙丽_{d}_学生证.jpg"]
    assert "压缩包里又有压缩包" in problems["更多.zip"]
    assert portraits(people) == [True, False, False, False]
    assert upload.counts == {"portrait": 1, "refused": 8}
    assert (upload.total, upload.done) == (9, 9)


def test_a_picture_twice_under_two_names_is_one(filing, people, photo) -> None:
    a = number(people[0])
    upload = sent(filing, {f"{a}.jpg": photo, f"王秀英/{a}.jpg": photo})
    assert upload.counts == {"portrait": 1, "same": 1}


def test_a_third_part_names_the_evidence(filing, people, photo, scan) -> None:
    a, b, *_ = map(number, people)
    upload = sent(
        filing,
        {
            f"王秀英_{a}_毕业证书.pdf": scan,
            f"{a}_身份证1.jpg": photo,
            f"工作证明/{b}.jpg": photo,
            f"赵国强_{b}/学信网备案表.pdf": scan,
            f"{b}-承诺书.jpg": photo,
        },
    )
    assert upload.counts == {"evidence": 5}
    kept = {entry.row.name: sorted(entry.files.values_list("code", flat=True)) for entry in people[:2]}
    assert kept == {
        "王秀英": ["diploma", "identity_document"],
        "赵国强": ["chsi_record", "undertaking", "work_proof"],
    }
    assert portraits(people) == [False] * 4


def test_the_same_archive_again_changes_nothing(filing, people, photo, scan) -> None:
    contents = {f"{number(people[0])}.jpg": photo, f"{number(people[0])}_毕业证书.pdf": scan}
    assert sent(filing, contents).counts == {"portrait": 1, "evidence": 1}
    before = RosterEntry.objects.get(pk=people[0].pk).portrait_id
    assert sent(filing, contents).counts == {"same": 2}
    assert RosterEntry.objects.get(pk=people[0].pk).portrait_id == before
    assert people[0].files.count() == 1


def test_the_archive_is_not_kept_once_it_is_worked_off(
    filing, people, photo, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        upload = sent(filing, {f"{number(people[0])}.jpg": photo})
    assert upload.file.discarded_at is not None
    assert not (settings.FILES_DIR / upload.file.path).exists()
    assert not StoredFile.objects.filter(kind="archive_plan", discarded_at=None).exists()


def test_a_killed_worker_goes_on_with_the_next_file(filing, people, photo, monkeypatch) -> None:
    upload = receive_upload(
        actor=filing.opened_by,
        filing=filing,
        kind="files",
        data=packed({f"{number(one)}.jpg": photo for one in people} | {"没有号码.jpg": photo}),
        filename="照片.zip",
    )
    seen = []
    for _ in range(6):
        held = claim_upload()
        if held is None:
            break
        files.work_on_files(held, monotonic())  # time is up after one file
        upload.refresh_from_db()
        seen.append((upload.done, sum(upload.counts.values())))
        RosterUpload.objects.update(
            leased_until=None
        )  # as after a kill: the lease runs out, nothing is given back
    assert seen == [(2, 2), (3, 3), (4, 4), (5, 5)]
    assert (upload.state, upload.counts) == ("taken", {"portrait": 4, "refused": 1})
    assert AuditEntry.objects.filter(action="groups.set_portrait").count() == 4
    assert portraits(people) == [True] * 4


def test_a_fault_over_one_file_holds_up_no_other(filing, people, photo) -> None:
    receive_upload(
        actor=filing.opened_by,
        filing=filing,
        kind="files",
        data=packed({f"{number(one)}.jpg": photo for one in people[:2]}),
        filename="照片.zip",
    )
    held = claim_upload()
    files._match(held)
    people[0].delete()  # which nothing of ours does
    files.work_on_files(held, monotonic() + 60)
    held.refresh_from_db()
    assert (held.state, held.counts) == ("taken", {"refused": 1, "portrait": 1})
    assert "系统出了问题" in held.report[0]["sentence"]


@pytest.mark.parametrize("data", [b"not a zip at all", packed({}), packed({"__MACOSX/._a.jpg": b"x"})])
def test_what_is_no_archive_of_files_is_said_so(filing, data: bytes) -> None:
    upload = sent(filing, data)
    assert upload.state == "failed"
    assert upload.problem.endswith("。")


def test_a_person_the_association_has_keeps_the_photo(filing, photo) -> None:
    submitted = make_entry(filing, stage="submitted")
    before = submitted.portrait_id
    upload = sent(filing, {f"{number(submitted)}.jpg": photo})
    assert "协会审核中" in said(upload)[f"{number(submitted)}.jpg"]
    assert RosterEntry.objects.get(pk=submitted.pk).portrait_id == before


def test_a_returned_person_may_have_another_and_the_filed_one_stays(
    filing, photo, django_capture_on_commit_callbacks
) -> None:
    entry = make_entry(filing, stage="submitted")
    entry.application.status = Status.RETURNED
    entry.application.save()
    filed = entry.portrait
    with django_capture_on_commit_callbacks(execute=True):
        assert set_portrait(actor=filing.opened_by, entry=entry, checked=check_photo(photo, "a.jpg"))
    entry.refresh_from_db()
    assert entry.portrait != filed
    assert Photo.objects.get().file == filed
    assert store.read(filed)


def test_a_portrait_nobody_was_filed_with_is_deleted_with_its_successor(
    filing, people, photo, other_photo, django_capture_on_commit_callbacks
) -> None:
    set_portrait(actor=filing.opened_by, entry=people[0], checked=check_photo(photo, "a.jpg"))
    people[0].refresh_from_db()
    first = people[0].portrait
    with django_capture_on_commit_callbacks(execute=True):
        set_portrait(actor=filing.opened_by, entry=people[0], checked=check_photo(other_photo, "a.jpg"))
    first.refresh_from_db()
    assert first.discarded_at is not None


def test_a_scan_is_added_once_and_taken_away(
    filing, people, scan, django_capture_on_commit_callbacks
) -> None:
    actor, entry = filing.opened_by, people[0]
    checked = check_evidence(scan, f"{number(entry)}.pdf")
    assert add_file(actor=actor, entry=entry, code="diploma", checked=checked) is True
    assert add_file(actor=actor, entry=entry, code="diploma", checked=checked) is False
    (kept,) = entry.files.all()
    assert kept.file.display_name == "毕业证书.pdf"
    with django_capture_on_commit_callbacks(execute=True):
        remove_file(actor=actor, file=kept)
        remove_file(actor=actor, file=kept)
    kept.file.refresh_from_db()
    assert kept.file.discarded_at is not None
    with pytest.raises(Refused, match="类别"):
        add_file(actor=actor, entry=entry, code="signed_form", checked=checked)


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_only_who_fills_in_for_the_institution_changes_files(filing, people, photo, scan, who: str) -> None:
    institution = make_institution("上海市徐汇区安康培训学校") if who == "stranger" else filing.institution
    other = make_member(institution, "viewer" if who == "viewer" else "filer", "别人").account
    with pytest.raises(Refused):
        set_portrait(actor=other, entry=people[0], checked=check_photo(photo, "a.jpg"))
    with pytest.raises(Refused):
        add_file(actor=other, entry=people[0], code="diploma", checked=check_evidence(scan, "a.pdf"))
    assert portraits(people[:1]) == [False]
    assert not Evidence.objects.exists()


def test_another_institutions_people_are_nobody_here(filing, photo) -> None:
    theirs = make_entry(
        make_filing(make_member(make_institution("上海市徐汇区安康培训学校"))), stage="portrait"
    )
    upload = sent(filing, {f"{number(theirs)}.jpg": photo})
    assert "不在这批申报的名单里" in said(upload)[f"{number(theirs)}.jpg"]
    assert portraits([theirs]) == [False]


def test_removed_people_and_closed_filings_take_nothing(filing, people, photo) -> None:
    checked = check_photo(photo, "a.jpg")
    people[0].removed_at = clock.now()
    people[0].save()
    with pytest.raises(Refused, match="移出"):
        set_portrait(actor=filing.opened_by, entry=people[0], checked=checked)
    filing.closed_at = clock.now()
    filing.save()
    with pytest.raises(Refused, match="已关闭"):
        set_portrait(actor=filing.opened_by, entry=people[1], checked=checked)


@pytest.mark.parametrize(
    ("path", "code", "name"),
    [
        ("JOHN SMITH_E12345678.jpg", "portrait", "JOHNSMITH"),
        ("E12345678 照片.jpg", "portrait", ""),
        ("王秀英＿Ｅ１２３４５６７８＿社保２.pdf", "work_proof", "王秀英"),  # noqa: RUF001
        ("身份证/王秀英 E12345678.jpg", "identity_document", "王秀英"),
        ("E12345678王秀英.jpg", "portrait", "王秀英"),
    ],
)
def test_names_in_their_varieties(filing, path: str, code: str, name: str) -> None:
    index = make_row(filing, "王秀英").document_index
    passport = document_index("passport", "E12345678")
    read = read_name(path, {index, passport}.__contains__)
    assert (read.index, read.code) == (passport, code)
    assert same_name(read.name, name)
