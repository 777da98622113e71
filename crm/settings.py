"""All settings. With no environment at all it is a working development set-up."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from crm.setup.database import database_settings
from crm.setup.environment import ROOT, data_folder, flag, listed, number, secret_key

BASE_DIR = ROOT
PRODUCTION = not flag("TANDEM_DEBUG", default=True)
# Django's own error pages show settings and the code's variables: only whoever works on the code has them, by
# `up --debug`. Everybody else, in development too, sees the pages that users will see.
DEBUG = not PRODUCTION and flag("TANDEM_DEBUG_PAGES", default=False)

SECRET_KEY = secret_key(debug=not PRODUCTION)

# Where people reach Tandem, as full origins: https://crm.example.com. Pages, forms and sockets all go by it.
ORIGINS = listed("TANDEM_ORIGINS")
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = [urlsplit(origin).hostname or origin for origin in ORIGINS] + ([] if PRODUCTION else LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = ORIGINS
# How many proxies of our own stand in front and append to X-Forwarded-For.
TRUSTED_PROXIES = number("TANDEM_TRUSTED_PROXIES", default=0)

# Applications

INSTALLED_APPS = [
    "daphne",  # first: makes runserver speak ASGI
    "analytics",  # before outreach: its `bench` knows one more kind
    "crm",
    "leads",
    "outreach",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "django_htmx",
    "axes",
    "pgtrigger",
    "pghistory",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "crm.failures.log.tell_of_failures",  # first: it tells of whatever the others answer
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pads each answer at random, so that its length tells nothing of the tokens in it.
    "django.middleware.gzip.GZipMiddleware",
    "crm.middleware.refuse_nonsense",  # before anything that reads a cookie or a parameter
    "crm.api.door.let_tools_in",  # before anything that only browsers need
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.middleware.BusyMiddleware",
    "crm.middleware.answer_honestly",
    "crm.login.ended.keep_to_its_user",  # inside answer_honestly: what it refuses is kept by no cache either
    "crm.middleware.use_company_time",
    "axes.middleware.AxesMiddleware",  # last: it answers once sign-in attempts are used up
]

ROOT_URLCONF = "crm.urls"
ASGI_APPLICATION = "crm.asgi.application"

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
                "crm.pages.context.product",
                "outreach.context.waiting",
            ]
        },
    }
]

# Data

DATABASES = {"default": database_settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The hand-made ways to the database, each with its gain and its plain alternative in the module it names. Off, the
# framework's own way is taken.
PREPARE_STATEMENTS = True  # crm/postgres/prepared.py
COMPILE_QUERYSETS = True  # crm/postgres/compiled.py

# Live pages. The in-memory layer reaches one process only; crm/setup/checks.py refuses it in production.

REDIS_URL = listed("REDIS_URL")[0] if listed("REDIS_URL") else ""
# Messages that may wait for one process; above it the layer drops them without a word.
CHANNEL_CAPACITY = 2_000
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # The layer's own read waits 5 s; three times that without an answer means it is dead.
                "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2, "socket_timeout": 15}],
                "prefix": "tandem",
                "capacity": CHANNEL_CAPACITY,
            },
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": CHANNEL_CAPACITY},
        }
    }

# Signing in

AUTH_USER_MODEL = "crm.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/leads/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "crm.login.access.CompanyBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Attempts are counted by account and address together, so a stranger elsewhere cannot lock anyone out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "crm.login.attempts.account"
AXES_CLIENT_IP_CALLABLE = "crm.login.attempts.address"
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_RESET_ON_SUCCESS = True

# What the demo data's people sign in with.
DEMO_PASSWORD = "tandem-demo"

# Language and time. The product speaks English; days are the company's own, never the server's.

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

# The guard's limits for a company that has not set its own: "a second contact by the same method within seven days
# needs a reason", whatever the method,
METHOD_POLICY_DEFAULTS = {"cooldown_hours": 0, "cooldown_count": 1, "warning_days": 7}
# and where a method has limits of its own: "one email per person per 24 hours, whoever sends it".
CONTACT_POLICY_DEFAULTS = {"email": {"cooldown_hours": 24}}

# And what holds for every method: "a colleague's contact at the same organization within 14 days is told; a message
# 60 % like a colleague's of the last 30 days needs a reason; whoever has the dialog open is writing for 5 minutes".
COMPANY_POLICY_DEFAULTS = {
    "organization_days": 14,
    "organization_warns": False,
    "similarity_percent": 60,
    "claim_minutes": 5,
}
SIMILARITY_DAYS = 30

# The JSON API: "a token makes at most 600 calls a minute", however many processes answer them.
API_CALLS_PER_MINUTE = number("API_CALLS_PER_MINUTE", default=600)

# Webhooks call public addresses only. This admits the machine itself besides, to try them out and to test them.
WEBHOOKS_TO_THIS_MACHINE = flag("TANDEM_WEBHOOKS_TO_THIS_MACHINE", default=False)

# Static files

STATIC_URL = "/static/"
# Whether they are served hashed, compressed and for ever, out of one folder: in production, and by `up`, which fills a
# folder of its own. Everything else in development takes each file from where it is.
COLLECTED = PRODUCTION or flag("TANDEM_COLLECTED", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else data_folder() / "staticfiles"
STATICFILES_FINDERS = [
    "crm.setup.assets.JoinedFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not COLLECTED

# Limits of what a request may bring

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# Security

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "crm.failures.pages.csrf_failed"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    # The browser takes a __Host- cookie only from this very host, over TLS, for the whole site.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Logs go to the console; whoever runs the process keeps them. What is told of requests: crm/failures/log.py.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "unexpected": {"()": "crm.failures.log.Unexpected"},
        "suspicious": {"()": "crm.failures.log.Suspicious"},
        "present": {"()": "crm.failures.log.Present"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "suspicious": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["suspicious"]},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.request": {"filters": ["unexpected"]},
        "django.security": {"handlers": ["suspicious"], "level": "INFO", "propagate": False},
        "axes": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "daphne.server": {"filters": ["present"]},
    },
}
