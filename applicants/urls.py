"""Addresses of accounts, records and institutions, collected."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("applicants.accounts.urls")),
    path("", include("applicants.records.urls")),
]
