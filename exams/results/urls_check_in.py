"""The phone at the door: sessions of the day, the check-in page of one, and what it asks the server."""

from django.urls import path

from exams.results import views_check_in as views

app_name = "check_in"
urlpatterns = [
    path("", views.sessions, name="sessions"),
    path("worker.js", views.worker, name="worker"),
    path("<uuid:key>/", views.door, name="door"),
    path("<uuid:key>/list", views.door_list, name="list"),
    path("<uuid:key>/sync", views.sync, name="sync"),
]
