"""The slices' addresses, collected."""

from django.urls import include, path

urlpatterns = [
    path("", include("exams.catalogue.urls")),
    path("", include("exams.filing.urls")),
    path("", include("exams.payments.urls")),
    path("", include("exams.arrangement.urls")),
    path("", include("exams.tickets.urls")),
    path("check-in/", include("exams.results.urls_check_in")),
    path("", include("exams.results.urls")),
    path("", include("exams.results.views_excuses")),
    path("", include("exams.conduct.urls")),
]
