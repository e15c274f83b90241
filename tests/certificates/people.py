"""People who passed everything by sittings that were really published: what issuing, ending and voiding start from."""

from collections.abc import Iterable
from datetime import date

from applicants.accounts.models import Account
from applicants.portraits import portrait
from applicants.records.models import Photo
from certificates.issuing import confirm_batch, propose_batch
from certificates.models import Certificate, IssueBatch
from exams.filing.models import Application
from portal import clock
from portal.files import store
from tests.results.world import EXAM_DAY, Team, candidates, hold_session, published


def give_photo(application: Application, seed: int = 1) -> None:
    """A photo of the person's own, as intake leaves it."""
    file, small = (
        store.keep(portrait(seed), kind=kind, media_type="image/jpeg", display_name="照片.jpg")
        for kind in ("photo", "photo_print")
    )
    person = application.person
    person.photo = Photo.objects.create(person=person, file=file, print_copy=small, added_at=clock.now())
    person.save(update_fields=["photo"])


def passed(team: Team, *names: str, day: date = EXAM_DAY, **fields: object) -> list[Application]:
    """Applications of these people, both subjects sat on the day and published as passed."""
    applications = candidates(*names, **fields)
    for application in applications:
        give_photo(application)
    sat(team, applications, day=day)
    return [Application.objects.get(pk=one.pk) for one in applications]


def sat(
    team: Team,
    applications: Iterable[Application],
    *,
    day: date = EXAM_DAY,
    theory: int | None = 80,
    practical: int | None = 80,
) -> None:
    """These applications' subjects sat on the day and published with those points; None: that subject is not sat."""
    applications = list(applications)
    names = [one.person.name for one in applications]
    for hour, subject, points in ((9, "theory", theory), (13, "practical", practical)):
        if points is not None:
            session = hold_session(applications, subject, day=day, hour=hour)
            published(session, team, **dict.fromkeys(names, points))


def issued(team: Team, *applications: Application) -> list[Certificate]:
    """Certificates of these applications, proposed by the maker and issued by the second person."""
    batch = batch_of(team.maker, applications)
    confirm_batch(actor=team.second, batch=batch)
    return list(Certificate.objects.filter(batch=batch).order_by("number"))


def batch_of(actor: Account, applications: Iterable[Application]) -> IssueBatch:
    return propose_batch(actor=actor, applications=list(applications))
