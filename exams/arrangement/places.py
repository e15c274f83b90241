"""Sites and rooms: entered and corrected by staff, never deleted. A room's seats change by `sessions.resize_room`."""

from collections.abc import Collection

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.models import Room, Site
from exams.filing.models import SpecialArrangement
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused


@transaction.atomic
def save_site(*, actor: Account, site: Site) -> Site:
    """Enter a site, or correct its name, address or directions; published tickets follow by themselves."""
    new = site.pk is None
    site.save()
    trail.record(
        "arrangement.site_opened" if new else "arrangement.site_changed",
        actor=actor,
        subject=site,
        detail={"name": site.name, "address": site.address, "directions": site.directions},
    )
    return site


@transaction.atomic
def close_site(*, actor: Account, site: Site) -> Site:
    """Use the site no more. Raises Refused while sessions to come are held there."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    coming = site.sessions.filter(ends_at__gt=clock.now()).exclude(state="called_off").count()
    if coming:
        sentence = f"{site.name}还有 {coming} 场尚未结束，请先变更或取消这些场次。"
        raise Refused(Finding("", "in_use", sentence))
    site.closed_at = clock.now()
    site.save(update_fields=["closed_at"])
    trail.record("arrangement.site_closed", actor=actor, subject=site)
    return site


@transaction.atomic
def save_room(*, actor: Account, room: Room, meets: Collection[str]) -> Room:
    """Enter a room, or correct its name and the special needs it meets."""
    new = room.pk is None
    room.meets = [need for need in SpecialArrangement.Need.values if need in meets]
    room.save()
    trail.record(
        "arrangement.room_opened" if new else "arrangement.room_changed",
        actor=actor,
        subject=room,
        detail={"site": room.site_id, "name": room.name, "seats": room.seats, "meets": room.meets},
    )
    return room
