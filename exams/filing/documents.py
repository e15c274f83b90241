"""The application form as PDF, made from a submission's frozen answers, and the code that tells whether they changed."""

import hmac
import io
import re
from datetime import date
from typing import Any

import segno
from PIL import Image

from applicants.identity.documents import DocumentKind
from applicants.records.models import GeneralEducation, Photo, Relation, Schooling, Sex, Title
from exams.catalogue.models import Subject
from exams.catalogue.queries import fee_schedules
from exams.filing.checks import CHECK_TITLES, check_codes, latest_submission
from exams.filing.models import Application, Kind, SpecialArrangement, Submission
from exams.filing.numbers import is_number
from exams.filing.undertaking import undertaking
from exams.filing.verdicts import stored_facts
from portal import pdf
from portal.files import store
from portal.rules import fees
from portal.rules.dates import Span
from portal.rules.findings import Finding, Refused
from portal.rules.requirements import Case, work
from portal.rules.wording import EVIDENCE_NAMES, GRADE_FULL_NAMES, ROUTE_TITLES, cite, day_text, span_text

TEMPLATE = "exams/filing/form.html"
CODE_PREFIX = "BMB1"
OCCUPATIONS = {Relation.SAME: "本职业", Relation.RELATED: "相关职业", Relation.OTHER: "其他职业"}
MAJORS = {Relation.SAME: "本专业", Relation.RELATED: "相关专业", Relation.OTHER: "其他专业"}


def form_code(submission: Submission) -> str:
    """What the form's QR code says: number and keyed digest, in the characters a QR code packs densest."""
    return f"{CODE_PREFIX}:{submission.application.number}:{submission.answers_digest.upper()}"


def parse_form_code(text: str) -> tuple[Application, bool]:
    """The application a scanned form belongs to, and whether its answers changed after that form was printed.

    Raises `Refused` for anything that is no form of ours.
    """
    match = re.fullmatch(rf"{CODE_PREFIX}:([0-9]{{10}}):([0-9A-F]{{16}})", text.strip().upper())
    application = None
    if match and is_number(match[1]):
        application = Application.objects.select_related("person", "offering").filter(number=match[1]).first()
    if match is None or application is None:
        sentence = "这不是本会报名表上的二维码，请扫描报名表右上角的二维码，或改用申报号查找。"
        raise Refused(Finding("", "no_form_code", sentence, field="code"))
    submission = latest_submission(application)
    same = submission is not None and hmac.compare_digest(submission.answers_digest, match[2].lower())
    return application, not same


def render_form(submission: Submission) -> bytes:
    """The application form of one submission; the same submission gives the same bytes.

    Raises `portal.pdf.MissingGlyph` where no font prints a character of it.
    """
    application = submission.application
    images = {"code": _code(form_code(submission))}
    photo = Photo.objects.filter(pk=submission.answers["photo"] or None).select_related("print_copy").first()
    if photo is not None:
        images["photo"] = store.read(photo.print_copy)
    context = form_context(submission) | {"has_photo": photo is not None}
    return pdf.render(TEMPLATE, context, title=f"职业技能评价报名表 {application.number}", images=images)


def form_context(submission: Submission) -> dict[str, Any]:
    """What the form's template shows; every value is text."""
    answers, application = submission.answers, submission.application
    asked = answers["application"]
    regular = asked["kind"] == Kind.REGULAR
    codes = check_codes(application, submission)
    return {
        "number": application.number,
        "submitted_at": submission.at,
        "judged_on": submission.judged_on,
        "serial": submission.serial,
        "occupation": asked["occupation_name"],
        "occupation_code": asked["occupation"],
        "grade": GRADE_FULL_NAMES[asked["grade"]],
        "kind": Kind(asked["kind"]).label,
        "institution": application.institution.name if application.institution else "",
        "window": application.window,
        "identity": _identity(answers),
        "schooling": [_schooling(row) for row in answers["schooling"]],
        "jobs": [_job(row) for row in answers["jobs"]],
        "certificates": [_credential(row) for row in answers["credentials"]]
        + [_title(row) for row in answers["titles"]],
        "route": ROUTE_TITLES[asked["route"]] if regular else "",
        "clause": cite(asked["route"]) if regular else "",
        "worked": _worked(submission) if regular and answers["jobs"] else "",
        "evidence": [_paper(code, answers) for code in codes if code in EVIDENCE_NAMES],
        "price": _price(submission),
        "subjects": [Subject(subject).label for subject in asked["subjects"]],
        "forfeitures": [
            {"subject": Subject(row["subject"]).label, "until": _day(row["valid_until"])}
            for row in answers["forfeitures"]
        ],
        "needs": _needs(answers),
        "undertaking": undertaking(answers["undertaking"]),
        "checks": [CHECK_TITLES[code] for code in codes],
        "vouch_for_years": "undertaking" in codes,
    }


def _paper(code: str, answers: dict[str, Any]) -> str:
    """A paper to hand in; what the association issued itself it has."""
    if code == "credential" and answers.get("issued"):
        return f"{EVIDENCE_NAMES[code]}（本会签发 {answers['issued'][0]['number']}，不用交验）"
    return EVIDENCE_NAMES[code]


def _needs(answers: dict[str, Any]) -> list[str]:
    """In words; on a form that goes through an institution's hands only that something was asked for."""
    if not answers["special_arrangement"]:
        return []
    if answers["application"]["institution"]:
        return ["已另行提出特别安排"]
    return [SpecialArrangement.Need(need).label for need in answers["special_arrangement"]["needs"]]


def _identity(answers: dict[str, Any]) -> dict[str, str]:
    identity = answers["identity"]
    return {
        "name": identity["name"],
        "sex": Sex(identity["sex"]).label,
        "birth_date": _day(identity["birth_date"]),
        "document_kind": DocumentKind(identity["document_kind"]).label,
        "document_number": identity["document_number"],
        "education": GeneralEducation(identity["general_education"]).label,
        "phone": answers["phone"].removeprefix("+86"),
    }


def _schooling(row: dict[str, Any]) -> dict[str, str]:
    graduated = row["status"] == Schooling.Status.GRADUATED
    relation = "经评估论证的专业" if row["approved"] else MAJORS[row["major"]]
    return {
        "on": _day(row["on"]) + ("" if graduated else "（预计）"),
        "school": row["school_name"],
        "school_kind": Schooling.School(row["school"]).label,
        "programme": Schooling.Programme(row["programme"]).label,
        "major": row["major_name"],
        "relation": relation,
        "status": Schooling.Status(row["status"]).label,
    }


def _job(row: dict[str, Any]) -> dict[str, str]:
    return {
        "since": _day(row["started_on"]),
        "until": _day(row["left_on"]) if row["left_on"] else "至今",
        "employer": row["employer"],
        "position": row["position"],
        "relation": OCCUPATIONS[row["relation"]],
        "witness": row["witness_name"],
        "witness_phone": (row["witness_phone"] or "").removeprefix("+86"),
    }


def _credential(row: dict[str, Any]) -> dict[str, str]:
    return {
        "name": row["occupation_name"],
        "level": GRADE_FULL_NAMES[row["grade"]],
        "number": row["number"],
        "on": _day(row["issued_on"]),
        "issuer": row["issuer"],
    }


def _title(row: dict[str, Any]) -> dict[str, str]:
    return {
        "name": row["name"],
        "level": f"{Title.Rank(row['rank']).label}职称",
        "number": row["number"],
        "on": _day(row["obtained_on"]),
        "issuer": "专业与申报职业对应" if row["corresponds"] else "",
    }


def _worked(submission: Submission) -> str:
    """All counted work up to the day of judgement, overlaps once: 12 年 1 个月."""
    found = work(Case(stored_facts(submission), submission.judged_on), years=1).found
    return span_text(Span(**found))


def _price(submission: Submission) -> fees.Price | None:
    """The price by the schedule of the day of judgement; None where that day had none (approval decides)."""
    asked = submission.answers["application"]
    try:
        schedule = fees.schedule_for(
            fee_schedules(), occupation=asked["occupation"], grade=asked["grade"], on=submission.judged_on
        )
    except Refused:
        return None
    return fees.price(schedule, [one for one, _ in schedule.prices if one not in asked["subjects"]])


def _code(text: str) -> bytes:
    """A QR code at level M, a pixel a module; the page gives it its size and quiet zone."""
    modules = segno.make_qr(text, error="m").matrix
    grey = bytes(0 if dark else 255 for row in modules for dark in row)
    png = io.BytesIO()
    Image.frombytes("L", (len(modules), len(modules)), grey).save(png, "PNG")
    return png.getvalue()


def _day(iso: str) -> str:
    return day_text(date.fromisoformat(iso))
