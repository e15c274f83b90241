"""One settings file for every place the portal runs; what differs between places comes from the environment.

PORTAL_ENV is `demo` (default: embedded SQLite, file broker and self-made secrets in PORTAL_VAR), `test`, or
`production`, where every secret and address must be given and a missing one stops the start.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.secrets_file import load_or_create

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PORTAL_ENV = env.str("PORTAL_ENV", default="demo")
if PORTAL_ENV not in {"demo", "test", "production"}:
    raise ImproperlyConfigured(f"PORTAL_ENV must be demo, test or production, not {PORTAL_ENV!r}")
PRODUCTION = PORTAL_ENV == "production"
VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var")))
if not PRODUCTION:
    VAR_DIR.mkdir(parents=True, exist_ok=True)

# Secrets: from the environment in production, else made once and kept in VAR_DIR/secrets.json (mode 0600).
_made = {} if PRODUCTION else load_or_create(VAR_DIR / "secrets.json")


def _secret(name: str) -> str:
    value = env.str(name, default=_made.get(name, ""))
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment; see .env.example")
    return value


SECRET_KEY = _secret("SECRET_KEY")
# key id → 32 bytes in base64; the first id encrypts, all decrypt. Index keys: likewise, for the blind index.
FIELD_KEYS = env.json("FIELD_KEYS", default=None) or {"f1": _secret("FIELD_KEY")}
INDEX_KEYS = env.json("INDEX_KEYS", default=None) or {"i1": _secret("INDEX_KEY")}
TICKET_SIGNING_KEYS = env.json("TICKET_SIGNING_KEYS", default=None) or {"t1": _secret("TICKET_SIGNING_KEY")}
TICKET_SIGNING_KEY_ID = env.str("TICKET_SIGNING_KEY_ID", default=next(iter(TICKET_SIGNING_KEYS)))

DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS in the environment; see .env.example")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")

# What an association sets about itself.
ASSOCIATION_NAME = env.str("ASSOCIATION_NAME", default="上海市健康促进协会")
ICP_NUMBER = env.str("ICP_NUMBER", default="")
# Where institutions transfer to; while the number is empty, pages tell them to ask by telephone.
PAYEE_NAME = env.str("PAYEE_NAME", default=ASSOCIATION_NAME)
PAYEE_BANK = env.str("PAYEE_BANK", default="")
PAYEE_ACCOUNT = env.str("PAYEE_ACCOUNT", default="")
CERTIFICATE_BODY_CODE = env.str("CERTIFICATE_BODY_CODE", default="S000031000001")

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "applicants.apps.ApplicantsConfig",
    "exams.apps.ExamsConfig",
    "certificates.apps.CertificatesConfig",
    "portal.apps.CounterConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.limits.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.access.AccessMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEST_RUNNER = "portal.testing.runner.PortalRunner"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.portal",
            ],
            "builtins": [
                "portal.templatetags.portal_format",
                "portal.templatetags.portal_parts",
                "applicants.templatetags.masking",
            ],
        },
    },
]

# Database: SQLite in VAR_DIR unless DATABASE_URL says otherwise.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # A file, not memory: tests with threads need to share it.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # A database that is gone is said so within seconds: the pool's own patience is half a minute.
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 16, "timeout": 5},
        "connect_timeout": 5,
    }
    # After a restart of the database the pool's old connections are looked at before use, not by people.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits of the log-in need a cache that every process shares.
CACHES = {"default": env.cache("CACHE_URL", default="dbcache://portal_cache")}
# The limits' keys are made of phone numbers.
CACHES["default"]["KEY_FUNCTION"] = "portal.crypto.cache_key"
if "rediscache" in CACHES["default"]["BACKEND"].lower() or "redis" in CACHES["default"]["BACKEND"].lower():
    CACHES["default"].setdefault("OPTIONS", {}).update({"socket_timeout": 3, "socket_connect_timeout": 3})

# Celery
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")

# Accounts: everyone logs in with the phone number; staff and members are invited.
AUTH_USER_MODEL = "applicants.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "applicants.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "applicants.accounts.forms.SignupForm",
    "login": "applicants.accounts.forms.LoginForm",
    "request_login_code": "applicants.accounts.forms.RequestCodeForm",
    "confirm_login_code": "applicants.accounts.forms.ConfirmCodeForm",
    "verify_phone": "applicants.accounts.forms.VerifyPhoneForm",
    "change_password": "applicants.accounts.forms.ChangePasswordForm",
    "set_password": "applicants.accounts.forms.SetPasswordForm",
    "reauthenticate": "applicants.accounts.forms.ReauthenticateForm",
}
# A code is six digits; a number gets ten an hour and each takes three tries, so guessing has no prospect.
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
# The library can only offer it where the number is new, which would tell whose number is not.
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
# Generous by address, because a classroom shares one; strict by account.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "300/m/ip,5/10m/key",
    "signup": "300/m/ip",
    "verify_phone": "300/m/ip,3/m/key,10/h/key",
    "request_login_code": "300/m/ip,3/m/key,10/h/key",
    "wrong_confirmation": "300/m/ip",
    "verify_certificate": "30/m/ip",
}
# How many proxies of ours stand before the portal; X-Forwarded-For is believed no further, and not at all with 0.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "applicants.accounts.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "applicants.accounts.second_factor_forms.AuthenticateForm",
    "reauthenticate": "applicants.accounts.second_factor_forms.ReauthenticateForm",
    "activate_totp": "applicants.accounts.second_factor_forms.ActivateTOTPForm",
    "add_webauthn": "applicants.accounts.second_factor_forms.AddWebAuthnForm",
    "edit_webauthn": "applicants.accounts.second_factor_forms.EditWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = ASSOCIATION_NAME
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION  # localhost
# No staff power without a second factor; the demo alone may open the counter with a password.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=PORTAL_ENV != "demo")
if PRODUCTION and not STAFF_SECOND_FACTOR:
    raise ImproperlyConfigured("STAFF_SECOND_FACTOR cannot be off in production")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/"
LOGOUT_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "phone"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if PORTAL_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_ENGINE = "portal.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False
# In the sealed session, not in a cookie that anyone can read.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Browser hardening
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = ["^healthz$"]  # asked from beside the process, without a proxy
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Messages to people: the outbox hands them to this backend (console and file in the demo).
MESSAGE_BACKEND = env.str(
    "MESSAGE_BACKEND", default="" if PRODUCTION else "portal.messages.backends.FileBackend"
)
if not MESSAGE_BACKEND:
    raise ImproperlyConfigured("Set MESSAGE_BACKEND in the environment; see .env.example")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@localhost")

# Files people hand in or that we make for them: encrypted, never below a public address.
FILES_DIR = VAR_DIR / "files"
FILE_QUOTA_BYTES = env.int("FILE_QUOTA_BYTES", default=60 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The largest file taken is 15 MB; what comes with it in one form is small.
REQUEST_LIMIT_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"
STATIC_ROOT = Path(
    env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles" if PRODUCTION else VAR_DIR / "static"))
)
if not PRODUCTION:
    # It stays empty: WhiteNoise serves from the apps then, but warns where there is no such folder.
    STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "media"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
# Widgets may come from templates/ too.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    "loggers": {"portal": {"level": "INFO"}, "applicants": {"level": "INFO"}, "exams": {"level": "INFO"}},
}
