"""Groups of staff and what each may do, by permission."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

_LOOK = ("exams.view_application", "applicants.view_person", "applicants.view_institution")
_GROUPS = (
    "exams.view_groupfiling",
    "exams.view_groupsubmission",
    "exams.view_rosterupload",
    "exams.view_clash",
    "exams.view_columnmapping",
)
_REVIEW = (
    *_LOOK,
    "exams.review_application",
    "exams.search_document",
    "exams.unmask_person",
    "exams.decide_claim",
    "exams.recover_phone",
    "exams.take_payment",
    "exams.ask_reversal",
    "exams.ask_refund",
    "exams.issue_invoice",
    "exams.view_payment",
    "exams.view_ticket",
    *_GROUPS,
    "exams.review_groupfiling",
    "certificates.hand_over",
    "certificates.view_certificate",
    "certificates.propose_certificates",
    "certificates.ask_ending",
    "exams.record_incident",
    "exams.view_incident",
    "exams.open_case",
    "exams.view_case",
    "exams.tell_authorities",
)
_SECOND = (
    *_LOOK,
    *_GROUPS,
    "exams.search_document",
    "exams.unmask_person",
    "exams.decide_claim",
    "exams.recover_phone",
    "exams.confirm_reversal",
    "exams.confirm_refund",
    "exams.decide_excuse",
    "exams.view_payment",
    "exams.view_incident",
    "exams.view_case",
    "exams.view_scoresheet",
    "exams.enter_score",
    "exams.check_score",
    "exams.publish_score",
    "exams.correct_score",
    "exams.answer_recheck",
    "exams.decide_case",
    "exams.review_case",
    "exams.tell_authorities",
    "certificates.view_certificate",
    "certificates.issue_certificates",
    "certificates.confirm_ending",
)
_ARRANGE = (
    *_LOOK,
    "exams.arrange_session",
    "exams.publish_session",
    "exams.manage_ticket",
    "exams.decide_excuse",
    "exams.check_in",
    "exams.view_scoresheet",
    "exams.enter_score",
    "exams.correct_score",
    "exams.record_incident",
    "exams.view_incident",
    "exams.view_session",
    "exams.view_ticket",
    "exams.add_site",
    "exams.change_site",
    "exams.view_site",
    "exams.add_room",
    "exams.change_room",
    "exams.view_room",
)
_LEAD = (
    "applicants.add_invitation",
    "applicants.view_invitation",
    "applicants.delete_invitation",
    "applicants.add_institution",
    "applicants.change_institution",
    "applicants.view_institutionmember",
    "applicants.change_institutionmember",
    "applicants.view_account",
    "applicants.change_account",
    "exams.change_occupation",
    "exams.change_offering",
    "exams.change_scheme",
    "exams.change_feeschedule",
    "exams.change_filingwindow",
    "exams.change_policyvalue",
    "exams.change_columnmapping",
    "certificates.manage_numbers",
    "certificates.export_outcomes",
    "exams.view_listedact",
    "exams.view_notice",
    "portal.change_dayexception",
    "portal.view_dayexception",
    "portal.view_message",
    "portal.view_auditentry",
    "portal.view_accessentry",
)

RECEPTION, SECOND, ARRANGEMENT, LEAD = "受理", "复核", "考务", "管理"
GROUPS: dict[str, tuple[str, ...]] = {
    RECEPTION: _REVIEW,
    SECOND: _SECOND,
    ARRANGEMENT: _ARRANGE,
    LEAD: tuple(dict.fromkeys((*_REVIEW, *_SECOND, *_ARRANGE, *_LEAD))),
}


@transaction.atomic
def ensure_staff_groups() -> dict[str, Group]:
    """Make the groups and give each exactly its permissions; run again after every upgrade, it changes nothing twice.

    Raises LookupError for a permission that does not exist: a slip in the table above, or migrations not run.
    """
    groups = {}
    for name, wanted in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_permissions(wanted))
        groups[name] = group
    return groups


def _permissions(labels: tuple[str, ...]) -> list[Permission]:
    wanted = Q()
    for label in labels:
        app, codename = label.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    missing = set(labels) - {f"{held.content_type.app_label}.{held.codename}" for held in found}
    if missing:
        raise LookupError(f"no such permission: {', '.join(sorted(missing))}")
    return found
