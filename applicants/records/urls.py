"""我的资料."""

from django.urls import path

from applicants.records import views, views_entries, views_files

app_name = "records"

urlpatterns = [
    path("my/record/", views.overview, name="overview"),
    path("my/record/identity/", views.identity, name="identity"),
    path("my/record/identity/form/", views.identity_form, name="identity-form"),
    path("my/record/identity/files/", views_files.identity_evidence, name="identity-evidence"),
    path("my/record/photo/", views_files.photo, name="photo"),
    path("my/record/photo/<uuid:key>/", views_files.photo_preview, name="photo-preview"),
    path("my/record/photo/<uuid:key>/file/", views_files.photo_file, name="photo-file"),
    path("my/record/education/", views.education, name="education"),
    path("my/record/files/<uuid:key>/", views_files.evidence_file, name="evidence-file"),
    path("my/record/files/<uuid:key>/delete/", views_files.evidence_delete, name="evidence-delete"),
    path("my/record/<slug:slug>/", views_entries.entries, name="entries"),
    path("my/record/<slug:slug>/add/", views_entries.add_entry, name="add"),
    path("my/record/<slug:slug>/<uuid:key>/", views_entries.change_entry, name="change"),
    path("my/record/<slug:slug>/<uuid:key>/delete/", views_entries.delete_entry, name="delete"),
    path("my/record/<slug:slug>/<uuid:key>/files/", views_files.evidence, name="evidence"),
]
