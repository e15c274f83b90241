"""PostgreSQL refuses overlapping live seats of one person; SQLite has one writer and the action's check."""

from django.db import migrations

SQL = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE exams_seat ADD CONSTRAINT nobody_sits_twice_at_once EXCLUDE USING gist (
    person_id WITH =, tstzrange(starts_at, ends_at) WITH &&
) WHERE (released_at IS NULL);
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SQL)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE exams_seat DROP CONSTRAINT nobody_sits_twice_at_once")


class Migration(migrations.Migration):
    dependencies = [("exams", "0001_initial")]
    operations = [migrations.RunPython(add, drop)]
