"""Migration operations by which a text column becomes a sealed one, with the rows it has (docs/adr/0042)."""

from collections.abc import Callable
from typing import Any

from django.db import migrations, models

from portal.crypto import SealedField

CHUNK = 500
Move = Callable[[Any, Any], None]


def seal_column(
    app: str, model: str, name: str, verbose_name: str, *, length: int, null: bool = True
) -> list[Any]:
    """Operations that seal `name` of `model`, a CharField of `length` before; an empty text becomes NULL.

    The plain column is renamed first: a sealed value is bound to the name its column has in the end.
    """
    plain = f"{name}_plain"
    kept = models.CharField(verbose_name, max_length=length, blank=True, default="")
    operations: list[Any] = [
        migrations.RenameField(model, name, plain),
        migrations.AlterField(model, plain, kept),
        migrations.AddField(model, name, SealedField(verbose_name, null=True)),
        migrations.RunPython(_mover(app, model, plain, name), _mover(app, model, name, plain)),
        migrations.RemoveField(model, plain),
    ]
    if not null:
        operations.append(migrations.AlterField(model, name, SealedField(verbose_name)))
    return operations


def _mover(app: str, model: str, source: str, target: str) -> Move:
    """Copies a column of every row that has something in it; the field's own type seals or opens the value."""

    def move(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, model)._base_manager.using(schema_editor.connection.alias)
        filled = rows.exclude(**{f"{source}__isnull": True}).order_by("pk")
        for row in filled.iterator(chunk_size=CHUNK):
            if text := getattr(row, source):
                setattr(row, target, text)
                row.save(update_fields=[target])

    return move
