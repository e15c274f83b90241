"""The slices' addresses, collected."""

from django.urls import include, path

from exams.results.views_statistics import statistics_page

urlpatterns = [
    path("", include("exams.catalogue.urls")),
    path("", include("exams.filing.urls")),
    path("", include("exams.payments.urls")),
    path("", include("exams.arrangement.urls")),
    path("", include("exams.tickets.urls")),
    path("check-in/", include("exams.results.urls_check_in")),
    path("", include("exams.results.urls")),
    path("", include("exams.results.views_excuses")),
    path("", include("exams.results.views_giving_up")),
    path("statistics/", statistics_page, name="statistics"),
    path("", include("exams.conduct.urls")),
]
