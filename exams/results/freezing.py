"""While a published score is being looked at again, nothing may rest on it: no new application either."""

from applicants.records.models import Person
from exams.catalogue.models import Offering
from exams.results.queries import results_by_application
from portal.rules.findings import Finding


def frozen_findings(person: Person, offering: Offering) -> list[Finding]:
    """Why the person may file nothing new for the offering yet; none where they may. A hold of `start_application`.

    A recheck or a correction may turn a fail into a pass: a retake of it, or giving passes up, would come too early.
    """
    applications = person.applications.filter(offering=offering, scores__isnull=False).distinct()
    for results in results_by_application(list(applications)).values():
        for result in results:
            if result.frozen:
                sentence = f"{result.label}的成绩正在复核或更正，答复以后才能申报补考或重新申报。"
                return [Finding("N2026-3", "score_frozen", sentence)]
    return []
