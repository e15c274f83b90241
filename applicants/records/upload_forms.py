"""Files a person hands in: sized before they are read, then checked in the confined child."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from applicants.records.consents import PHOTO
from applicants.records.kinds import Paper
from portal.files.intake import (
    MAX_EVIDENCE_BYTES,
    MAX_PHOTO_BYTES,
    MEBIBYTE,
    EvidenceResult,
    PhotoResult,
    UnusableFile,
    check_evidence,
    check_photo,
)


class PhotoForm(forms.Form):
    """`cleaned_data["file"]` is the checked and fitted photo. `agreed`: the consent was given before."""

    file = forms.FileField(
        label="选择照片",
        allow_empty_file=True,
        widget=forms.FileInput({"accept": "image/jpeg,image/png"}),
        help_text=f"JPEG 或 PNG，不超过 {MAX_PHOTO_BYTES // MEBIBYTE} MB。",
        error_messages={"required": "请选择一张照片。"},
    )
    consent = forms.BooleanField(
        label=PHOTO.label,
        help_text=PHOTO.explanation,
        error_messages={"required": "请先勾选同意处理照片，才能上传。"},
    )

    def __init__(self, *args: Any, agreed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agreed:
            del self.fields["consent"]

    def clean_file(self) -> PhotoResult:
        return checked_upload(self.cleaned_data["file"], MAX_PHOTO_BYTES, check_photo)


class EvidenceForm(forms.Form):
    """`cleaned_data["file"]` is the checked and cleaned file."""

    code = forms.ChoiceField(label="这是什么材料", widget=forms.RadioSelect)
    file = forms.FileField(
        label="选择文件",
        allow_empty_file=True,
        widget=forms.FileInput({"accept": "image/jpeg,image/png,application/pdf"}),
        help_text=f"照片（JPEG、PNG）或 PDF，每个不超过 {MAX_EVIDENCE_BYTES // MEBIBYTE} MB。"
        "一份材料有几页的，分几次上传。",
        error_messages={"required": "请选择一个文件。"},
    )

    def __init__(self, *args: Any, papers: tuple[Paper, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.choices = [(paper.code, paper.name) for paper in papers]
        if len(papers) == 1:
            code.initial, code.widget = papers[0].code, forms.HiddenInput()

    def clean_file(self) -> EvidenceResult:
        return checked_upload(self.cleaned_data["file"], MAX_EVIDENCE_BYTES, check_evidence)


def checked_upload(upload: UploadedFile, limit: int, check: Any) -> Any:
    """What the check makes of the upload; one that is too large is refused before it is read into memory."""
    if upload.size > limit:
        found, most = upload.size / MEBIBYTE, limit // MEBIBYTE
        raise ValidationError(f"这个文件有 {found:.1f} MB，超过上限 {most} MB。请压缩或缩小后再上传。")
    try:
        return check(upload.read(), upload.name)
    except UnusableFile as refusal:
        raise ValidationError(refusal.sentence) from None
