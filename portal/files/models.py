from uuid import uuid4

from django.db import models


class StoredFile(models.Model):
    """A file somebody handed in or that we made, encrypted on disk under a random name.

    Bytes never change once stored; a new version is a new row. `sha256` is of the clear bytes.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField("类别", max_length=30)
    person_id = models.UUIDField("涉及人员", null=True, blank=True, db_index=True)
    media_type = models.CharField("媒体类型", max_length=60)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("摘要", max_length=64)
    display_name = models.CharField("文件名", max_length=150)
    path = models.CharField("存放名", max_length=80, unique=True)
    created_at = models.DateTimeField("存入时间")
    discarded_at = models.DateTimeField("弃用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self) -> str:
        return self.display_name
