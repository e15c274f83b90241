"""Addresses of certificates: verification by anybody, 我的 → 我的证书, and institutions' lists."""

from django.urls import include, path

from certificates import views, views_groups
from certificates.verification import VERIFY_PATH

app_name = "certificates"
urlpatterns = [
    path(VERIFY_PATH.lstrip("/"), views.verify_page, name="verify"),
    path("my/certificates/issued/", views.mine, name="mine"),
    path("my/certificates/issued/<uuid:key>/certificate.pdf", views.download, name="download"),
    path("programme/certificates/", include(views_groups.urlpatterns)),
]
