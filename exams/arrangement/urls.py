"""座位抽签, made public."""

from django.urls import include, path

from exams.arrangement import views

draws = [
    path("<uuid:key>/", views.draw, name="draw"),
    path("<uuid:key>.json", views.draw_json, name="draw-json"),
]

urlpatterns = [path("draws/", include((draws, "arrangement")))]
