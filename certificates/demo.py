"""The demo's certificates: issued by two people to all who were due one, made, and waiting at the counter."""

from applicants.accounts.groups import LEAD, SECOND
from applicants.demo import demo_person, demo_staff
from certificates.collecting import notify_collection, to_notify
from certificates.due import candidates, read_standings
from certificates.issuing import confirm_batch, propose_batch
from certificates.making import make_certificates
from certificates.models import Certificate
from exams.demo_steps import days_ago_at_ten
from portal import clock


def seed_demo() -> None:
    """Issue them a week ago, unless that was done."""
    if Certificate.objects.filter(person=demo_person("certified")).exists():
        return
    with days_ago_at_ten(8):
        due = [one.application for one in read_standings(list(candidates()), clock.today()) if one.due]
        batch = propose_batch(actor=demo_staff(LEAD), applications=due)
    with days_ago_at_ten(7):
        confirm_batch(actor=demo_staff(SECOND), batch=batch)
        make_certificates()
    with days_ago_at_ten(6):
        notify_collection(actor=demo_staff(LEAD), certificates=list(to_notify()))
