"""The portal's settings for tests: a folder of their own, and no server that was not named for tests.

TEST_DATABASE_URL and TEST_REDIS_URL name the servers; without them tests run on the embedded defaults.
"""

import os
import tempfile

# One folder a run, one below it for each process of the run, so that none shares another's queue or keys.
_folder = os.environ.setdefault("PORTAL_TEST_VAR", "") or tempfile.mkdtemp(prefix="portal-test-")
os.environ["PORTAL_TEST_VAR"] = _folder
os.environ["PORTAL_VAR"] = os.path.join(_folder, os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ["PORTAL_ENV"] = "test"

_servers = {
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL"),
    "CELERY_BROKER_URL": os.environ.get("TEST_REDIS_URL"),
    "CACHE_URL": os.environ.get("TEST_REDIS_URL"),
}
for _name, _address in _servers.items():
    if _address:
        os.environ[_name] = _address
    else:
        os.environ.pop(_name, None)

from portal.settings import *  # noqa: E402, F403 - after the environment is as tests need it

# Fifty threads that contend for one seat need fifty connections.
DATABASES["default"].get("OPTIONS", {}).pop("pool", None)  # noqa: F405
