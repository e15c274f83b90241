"""All addresses of the portal; each app adds its own."""

from django.contrib import admin
from django.urls import include, path

from portal.guides import applicant_guide, institution_guide
from portal.health import health

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler429 = "portal.views.too_many_requests"
handler500 = "portal.views.server_error"

admin.autodiscover()

urlpatterns = [
    path("", include("exams.urls")),
    path("", include("applicants.urls")),
    path("", include("certificates.urls")),
    path("guide/applicant/", applicant_guide, name="applicant_guide"),
    path("guide/institution/", institution_guide, name="institution_guide"),
    path("counter/", admin.site.urls),
    path("healthz", health, name="health"),
]
