"""Addresses of certificates: verification by anybody, 我的 → 我的证书, and institutions' lists."""

from django.urls import path

from certificates import views
from certificates.verification import VERIFY_PATH

app_name = "certificates"
urlpatterns = [path(VERIFY_PATH.lstrip("/"), views.verify_page, name="verify")]
