"""What the review screen tells of somebody an institution filed: by whom, in which batch, on whose review."""

from django.urls import reverse

from exams.filing.groups.batches.standings import drawn_numbers, review_of, with_their_reviews
from exams.filing.groups.models import RosterEntry
from exams.filing.models import Application
from portal.rules.wording import EVIDENCE_NAMES
from portal.templatetags.portal_format import moment


def group_facts(application: Application) -> list[dict[str, str]]:
    """Rows for the screen; none for an application a person filed alone."""
    entries = RosterEntry.objects.filter(application=application)
    entry = with_their_reviews(entries).select_related("filing__institution", "submission").first()
    if entry is None:
        return []
    filing, submission = entry.filing, entry.submission
    rows = [{"key": "机构", "value": f"{filing.institution.name}（{filing.institution.permit_number}）"}]
    if submission is not None:
        address = reverse("admin:exams_groupsubmission_change", args=[submission.pk])
        rows.append({"key": "团体申报", "value": str(submission), "url": address, "change": "打开"})
    confirmed = [one.confirmed_at for one in entry.confirmations.all() if one.confirmed_at]
    rows.append({"key": "本人确认", "value": moment(max(confirmed)) if confirmed else "没有记录"})
    review = review_of(entry) or entry.reviews.last()
    if review is not None:
        seen = "、".join(EVIDENCE_NAMES.get(code, code) for code in review.seen)
        rows.append({"key": "资格初审", "value": f"{review.reviewer}，{moment(review.at)}，核对了{seen}"})
    handed = moment(entry.handed_in_at) if entry.handed_in_at else "机构还没有标记交出"
    rows.append({"key": "签名原件", "value": handed})
    if application.number in drawn_numbers(filing):
        rows.append({"key": "抽查", "value": "抽中，须逐项核对"})
    return rows
