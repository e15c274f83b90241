"""培训与认定 → 机构办理: an institution's group filings, and the link their people confirm with."""

from django.urls import include, path

from exams.filing.groups.pages import views, views_confirm, views_exchange, views_people, views_rosters

groups = [
    *views.urlpatterns,
    *views_rosters.urlpatterns,
    *views_people.urlpatterns,
    *views_exchange.urlpatterns,
]

urlpatterns = [
    path("institution/", include((groups, "groups"))),
    path("c/", include((views_confirm.urlpatterns, "confirm"))),
]
