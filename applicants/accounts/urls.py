"""Accounts. Of the log-in library's pages only those we offer: nobody logs in by e-mail."""

from allauth.account import views as library
from django.urls import include, path

from applicants.accounts import data_views, invitation_views, phone_views, views

urlpatterns = [
    path("signup/", library.signup, name="account_signup"),
    path("phone/verify/", library.verify_phone, name="account_verify_phone"),
    path("login/", library.login, name="account_login"),
    path("login/code/", library.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", library.confirm_login_code, name="account_confirm_login_code"),
    path("logout/", library.logout, name="account_logout"),
    path("inactive/", library.account_inactive, name="account_inactive"),
    path("reauthenticate/", library.reauthenticate, name="account_reauthenticate"),
    path("password/change/", library.password_change, name="account_change_password"),
    path("password/set/", library.password_set, name="account_set_password"),
    path("password/reset/", views.forgotten_password, name="account_reset_password"),
    path("password/new/", views.new_password, name="account_new_password"),
    path("2fa/", include("allauth.mfa.urls")),
    path("phone/change/", phone_views.new_phone, name="account_change_phone"),
    path("phone/change/confirm/", phone_views.confirm, name="account_confirm_phone_change"),
    path("phone/lost/", views.phone_lost, name="account_phone_lost"),
    path("invitation/<str:token>/", invitation_views.accept, name="accept_invitation"),
    path("security/", views.security, name="account_security"),
    path("export/", data_views.export, name="account_export"),
    path("delete/", data_views.delete, name="account_delete"),
    path("logins/", views.logins, name="account_logins"),
]
