"""All settings, read from the environment once; a bad value stops the start with a sentence."""

import secrets
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def generated(name: str, make: str) -> str:
    """A value made on first use and kept in VAR_DIR, readable only by its owner; DEBUG only."""
    path = VAR_DIR / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(make)
    return path.read_text().strip()


def secret(variable: str, file: str, make: str) -> str:
    """`variable` from the environment; outside DEBUG it must be there and not the example's."""
    value = env.str(variable, default="")
    if not DEBUG and (not value or value.startswith("example")):
        raise ImproperlyConfigured(f"{variable} must be set outside DEBUG; see .env.example.")
    return value or generated(file, make)


SECRET_KEY = secret("SECRET_KEY", "secret_key", secrets.token_urlsafe(50))
# "version:64 hex digits" for the field cipher, comma separated, newest first;
# "index:64 hex digits" keys the blind index and never rotates with the others.
FIELD_KEYS = secret("FIELD_KEYS", "field_keys", f"1:{secrets.token_hex(32)},index:{secrets.token_hex(32)}")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# What QR codes and mails point at; certificates carry it for good. In DEBUG it may be left out: then it
# is where run_all last served this VAR_DIR, so that a command typed beside it prints the same.
SERVED_AT = VAR_DIR / "public_url"
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")
if not PUBLIC_URL and DEBUG:
    PUBLIC_URL = SERVED_AT.read_text().strip() if SERVED_AT.exists() else "http://127.0.0.1:8000"
if not PUBLIC_URL:
    raise ImproperlyConfigured("PUBLIC_URL must be set outside DEBUG: certificates carry it.")

INSTALLED_APPS = [
    "lms",
    "lms.jobs",
    "lms.registry",
    "courses",
    "certification",
    "reports",
    "lms.web",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "ninja",  # so that its pages load no script from a public CDN
    "axes",
    "allauth",
    "allauth.account",  # only because the next one needs it: none of its pages has an address here
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "lms.web.middleware.EditingPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # tells allauth.mfa the request at hand
    "lms.registry.middleware.ActingMiddleware",
    "lms.registry.middleware.SecondFactorMiddleware",
    "courses.middleware.KioskMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lms.registry.middleware.DomainErrorMiddleware",
    "lms.web.middleware.PermissionsPolicyMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lms.urls"
WSGI_APPLICATION = "lms.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lms.web.context.shell",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'yuzheng.sqlite3'}")}
# Opening a connection costs as much as drawing a page, on SQLite (its pragmas) as on PostgreSQL.
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # secure_delete: what was erased must not lie on in free pages, nor in a backup of them.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"
        " PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # The database is planned for on solid-state disks. Compiling a query takes longer than any of ours should.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c random_page_cost=1.1 -c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Jobs -----------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
if CELERY_BROKER_URL.startswith("filesystem"):
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "processed", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.2,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 120, "unacked_restore_throttle": 1}
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "lms.jobs.tasks.sweep", "schedule": 10.0},
    "follow-suspensions": {"task": "courses.tasks.follow_suspensions", "schedule": 600.0},
    "look-for-anomalies": {"task": "courses.tasks.look_for_anomalies", "schedule": crontab(hour=2, minute=10)},
    "assess-changed": {"task": "certification.tasks.assess_changed", "schedule": 30.0},
    "keep-states": {"task": "lms.registry.tasks.keep_states", "schedule": 1800.0},
    "apply-retention": {"task": "lms.registry.tasks.apply_retention", "schedule": crontab(hour=3, minute=20)},
    "clear-sessions": {"task": "lms.registry.tasks.clear_sessions", "schedule": crontab(hour=3, minute=50)},
    "send-codes": {"task": "lms.registry.tasks.send_codes", "schedule": 20.0},
    "remind": {"task": "certification.tasks.remind_today", "schedule": crontab(hour=7, minute=30)},
    "remind-of-hours": {"task": "reports.tasks.remind_of_hours_today", "schedule": crontab(hour=7, minute=45)},
    "mail-notices": {"task": "lms.registry.tasks.mail_notices", "schedule": 60.0},
    "search-for-duplicates": {
        "task": "lms.registry.tasks.search_for_duplicates",
        "schedule": crontab(hour=2, minute=40),
    },
}
# In memory: the file of the default one is left unreadable when beat is killed while it writes.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# --- People who sign in ---------------------------------------------------------------------
AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home_of_role"
LOGOUT_REDIRECT_URL = "sign_in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
# The account, not the address: a whole office shares one, and eight typos must not shut it out.
AXES_LOCKOUT_PARAMETERS = ["username"]
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # wants the address among them; see above
AXES_CLIENT_IP_CALLABLE = "lms.registry.middleware.address_of"
AXES_LOCKOUT_TEMPLATE = "registry/locked_out.html"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False
SESSION_ENGINE = "lms.registry.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Roles that work only with a second factor; in DEBUG none, so that the demo's sign-ins stay one step.
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES", default=[] if DEBUG else ["bureau_officer", "bureau_supervisor", "platform_admin"]
)
MFA_ADAPTER = "lms.registry.securing.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off

# --- Text messages --------------------------------------------------------------------------
# How many last characters of the document number an activation asks for.
ACTIVATION_DIGITS = env.int("ACTIVATION_DIGITS", default=6)
SMS_BACKEND = env.str("SMS_BACKEND", default="console" if DEBUG else "off")
SMS_FILE = env.str("SMS_FILE", default=str(VAR_DIR / "sms.jsonl"))
SMS_KEY_ID, SMS_KEY_SECRET = env.str("SMS_KEY_ID", default=""), env.str("SMS_KEY_SECRET", default="")
# The signature and the templates that the gateway has approved: a code, and "you have an account already".
SMS_SIGN_NAME = env.str("SMS_SIGN_NAME", default="")
SMS_TEMPLATE_CODE = env.str("SMS_TEMPLATE_CODE", default="")
SMS_TEMPLATE_ACCOUNT = env.str("SMS_TEMPLATE_ACCOUNT", default="")
SMS_APP_ID, SMS_REGION = env.str("SMS_APP_ID", default=""), env.str("SMS_REGION", default="ap-guangzhou")
_sms_needs = ["SMS_KEY_ID", "SMS_KEY_SECRET", "SMS_SIGN_NAME", "SMS_TEMPLATE_CODE", "SMS_TEMPLATE_ACCOUNT"]
_sms_known = {"off": [], "console": [], "file": [], "aliyun": _sms_needs, "tencent": [*_sms_needs, "SMS_APP_ID"]}
if SMS_BACKEND not in _sms_known:
    raise ImproperlyConfigured(f"SMS_BACKEND must be one of {', '.join(_sms_known)}.")
if SMS_BACKEND == "console" and not DEBUG:
    raise ImproperlyConfigured("SMS_BACKEND=console prints codes and is for DEBUG only.")
if _missing := [name for name in _sms_known[SMS_BACKEND] if not vars()[name]]:
    raise ImproperlyConfigured(f"SMS_BACKEND={SMS_BACKEND} needs {', '.join(_missing)}.")

# --- Security -------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not DEBUG)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- Files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
PUBLIC_MEDIA = MEDIA_ROOT / "public"
PRIVATE_MEDIA = MEDIA_ROOT / "private"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PUBLIC_MEDIA), "base_url": MEDIA_URL},
    },
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(PRIVATE_MEDIA), "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a roll call of several hundred people in one form

# --- Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# Chinese for those words of Wagtail's screens that Wagtail itself leaves in English.
LOCALE_PATHS = [BASE_DIR / "lms" / "wagtail_words" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- Mail -----------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="yuzheng@localhost")

# --- Wagtail --------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "育证"
WAGTAILADMIN_BASE_URL = PUBLIC_URL
WAGTAILADMIN_LOGIN_URL = "sign_in"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# Passwords change on our own page, which records it; nothing here may go around that.
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_USER_TIME_ZONES = [TIME_ZONE]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    # Each migrate would otherwise tell of every page it indexes.
    "loggers": {"django_tasks": {"level": "WARNING"}, "modelsearch": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
