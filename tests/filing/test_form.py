"""The application form: what it says, and how its code tells that answers changed after printing."""

import io
from datetime import date

import pytest
from PIL import Image
from pypdf import PdfReader

from applicants.records.models import Job
from exams.catalogue.models import Offering
from exams.filing.actions import amending, drafting, submitting
from exams.filing.checks import latest_submission
from exams.filing.documents import form_code, parse_form_code, render_form
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import add_evidence, add_photo, draft, submitted


def portrait() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (413, 579), "#cfe0dc").save(data, "JPEG")
    return data.getvalue()


def text_of(document: bytes) -> str:
    pages = PdfReader(io.BytesIO(document)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_the_form_says_what_was_submitted_and_the_same_submission_prints_the_same(offering):
    person = factories.make_person(name="陈𬀩㛃")
    add_photo(person, portrait())
    add_evidence(person, "identity_document", "work_proof")
    submission = latest_submission(submitted(person, offering))
    document = render_form(submission)
    text = text_of(document)
    claim = person.documents.get()
    for expected in (
        submission.application.number, "陈𬀩㛃", claim.number, "累计工作满5年", "附件1四级第1项", "12年1个月11天",
        "合计480元", "长宁区新华街道社区卫生服务中心", "吴建国", "本人签字", "窗口审核",
    ):  # fmt: skip
        assert expected in text
    assert "工作年限承诺书由本人签字" not in text
    # What is in the record later is another matter: the form is the submission's.
    Job.objects.all().delete()
    assert render_form(submission) == document


def test_ten_years_of_work_come_with_an_undertaking_to_sign(offering):
    person = factories.make_person()
    add_photo(person, portrait())
    add_evidence(person, "identity_document", "work_proof")
    application = draft(person, Offering.objects.get(grade=3), route="TR2023-3.1")
    application = submitting.submit_application(actor=person.account, application=application)
    text = text_of(render_form(latest_submission(application)))
    assert "随报名表" + application.number in text
    assert "累计12年1个月11天" in text


def test_the_code_leads_to_the_application_and_tells_a_change(person, offering, staff):
    application = submitted(person, offering)
    code = form_code(latest_submission(application))
    assert parse_form_code(f" {code.lower()}\n") == (application, False)
    job = person.jobs.get()
    amending.amend_field(
        actor=staff,
        application=application,
        field=f"jobs.{job.pk}.started_on",
        value=date(2014, 10, 1),
        reason="社保记录自 2014 年 10 月起",
    )
    assert parse_form_code(code) == (application, True)


@pytest.mark.parametrize(
    "text", ["", "BMB1:2600000000:0123456789ABCDEF", "https://example.com", "BMB1:2600000000"]
)
def test_any_other_code_is_refused(person, offering, codes_of, text):
    drafting.start_application(actor=person.account, person=person, offering=offering)
    with pytest.raises(Refused) as refused:
        parse_form_code(text)
    assert codes_of(refused.value) == {"no_form_code"}


def test_a_copied_digest_does_not_serve_another_application(offering):
    codes = []
    for _ in range(2):
        person = factories.make_person()
        add_photo(person, portrait())
        add_evidence(person, "identity_document", "work_proof")
        codes.append(form_code(latest_submission(submitted(person, offering))))
    (_, first, digest), (_, second, _) = (code.split(":") for code in codes)
    assert first != second
    assert parse_form_code(f"BMB1:{second}:{digest}")[1] is True
