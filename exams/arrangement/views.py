"""A seat draw made public: what was fixed beforehand, what came out, and how anyone can recompute it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render

from exams.arrangement.draw import fewest_pairs, pairs_left, read_lists, reasons
from exams.arrangement.drawing import publication
from exams.arrangement.models import SeatDraw
from portal.access import public


def _draw(key: UUID) -> SeatDraw:
    return get_object_or_404(
        SeatDraw.objects.select_related("session__site", "session__offering__occupation"), pk=key
    )


@public("GET")
def draw(request: HttpRequest, key: UUID) -> HttpResponse:
    """The page: application numbers and places, no names."""
    shown = _draw(key)
    lists = read_lists(publication(shown))
    seats = {number: f"{room} {place} 号" for number, room, place in shown.result}
    return render(
        request,
        "exams/arrangement/draw.html",
        {
            "draw": shown,
            "session": shown.session,
            "rows": [
                (number, shown.groups.get(number, ""), seats.get(number)) for number in shown.candidates
            ],
            "places": [f"{room} {place} 号" for room, place in lists.places],
            "seated": [f"{room} {place} 号（{letter}）" for (room, place), letter in lists.seated.items()],
            "fewest": fewest_pairs(lists),
            "left": pairs_left(lists, shown.result),
            "reasons": reasons(lists),
        },
    )


@public("GET")
def draw_json(request: HttpRequest, key: UUID) -> HttpResponse:
    """The same for programs; `manage.py verify_draw` reads it."""
    return JsonResponse(publication(_draw(key)), json_dumps_params={"ensure_ascii": False, "indent": 1})
