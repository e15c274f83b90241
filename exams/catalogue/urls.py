"""The public pages."""

from django.urls import path

from exams.catalogue import views

urlpatterns = [
    path("", views.home, name="home"),
    path("programme/", views.programme, name="programme"),
    path("programme/eligibility/", views.explorer, name="explorer"),
    path("programme/timetable/", views.timetable, name="timetable"),
    path("programme/fees/", views.fees, name="fees"),
    path("programme/notice/", views.notice, name="notice"),
    path("programme/scores/", views.scores, name="scores"),
    path("programme/tickets/", views.tickets, name="tickets"),
    path("guide/", views.guide, name="guide"),
    path("privacy/", views.privacy, name="privacy"),
    path("about/", views.about, name="about"),
]
