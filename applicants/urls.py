"""Addresses of accounts, records and institutions, collected."""

urlpatterns: list = []
