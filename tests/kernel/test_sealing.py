"""A text column becomes a sealed one under the rows it has, and can be opened again."""

from uuid import uuid4

import pytest
from django.db import connection, migrations, models
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from portal.crypto import open_bytes
from portal.sealing import seal_column

ILL = "急性阑尾炎手术住院"


class Before(Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.UUIDField(primary_key=True)),
                ("reason", models.CharField(max_length=300, blank=True)),
                ("answer", models.CharField(max_length=300)),
            ],
        )
    ]


class Sealed(Migration):
    operations = [
        *seal_column("sealing", "note", "reason", "理由", length=300),
        *seal_column("sealing", "note", "answer", "答复", length=300, null=False),
    ]


def applied(state: ProjectState, kind: type[Migration], *, back: bool = False) -> ProjectState:
    migration = kind(kind.__name__, "sealing")
    after = state.clone() if back else migration.mutate_state(state)
    with connection.schema_editor(atomic=True) as editor:
        (migration.unapply if back else migration.apply)(state.clone(), editor)
    return after


@pytest.mark.django_db(transaction=True)
def test_what_the_rows_say_is_sealed_and_opened_again():
    plain = applied(ProjectState(), Before)
    rows = plain.apps.get_model("sealing", "Note").objects
    key, silent = uuid4(), uuid4()
    rows.create(id=key, reason=ILL, answer="复算无误")
    rows.create(id=silent, reason="", answer="核对无误")
    try:
        sealed = applied(plain, Sealed)
        found = {one.pk: one for one in sealed.apps.get_model("sealing", "Note").objects.all()}
        assert (found[key].reason, found[key].answer) == (ILL, "复算无误")
        assert (found[silent].reason, found[silent].answer) == (None, "核对无误")
        with connection.cursor() as cursor:
            cursor.execute("SELECT reason FROM sealing_note WHERE reason IS NOT NULL")
            ((stored,),) = cursor.fetchall()
            cursor.execute("SELECT * FROM sealing_note")
            assert [column[0] for column in cursor.description] == ["id", "reason", "answer"]
        assert ILL.encode() not in bytes(stored)
        assert open_bytes(stored, bound_to=f"sealing_note.reason.{key}") == ILL.encode()
        applied(plain, Sealed, back=True)
        assert set(rows.values_list("reason", "answer")) == {(ILL, "复算无误"), ("", "核对无误")}
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(plain.apps.get_model("sealing", "Note"))
