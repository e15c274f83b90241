"""Database sessions whose payload is encrypted: log-in flows keep a phone number and a code in it for minutes."""

import base64

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from portal.crypto import Unreadable, open_bytes, seal_bytes


class SessionStore(DatabaseSessionStore):
    """`portal.sessions` as SESSION_ENGINE."""

    def encode(self, session_dict):
        return base64.b64encode(
            seal_bytes(super().encode(session_dict).encode(), bound_to="session")
        ).decode()

    def decode(self, session_data):
        try:
            return super().decode(open_bytes(base64.b64decode(session_data), bound_to="session").decode())
        except (Unreadable, ValueError):
            return {}

    @classmethod
    def get_model_class(cls):
        from django.contrib.sessions.models import Session

        return Session
