"""What every way of running Sekali shares. dev, test and production say the rest."""

from pathlib import Path

from csp.constants import NONE, SELF

from cms.settings import environment

environment.check_names()
FACE = environment.face()
EXIT_URL = environment.exit_url()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"

INSTALLED_APPS = [
    "cms.database",  # before Django: its migrate command connects as the owner
    "cms.encryption",
    "cms.audit",
    "cms.accounts",
    "cms",
    "directory",
    "services",
    "schedule",  # django-scheduler: its tables only, see docs/decisions
    "pgtrigger",
    "pghistory",
    "phonenumber_field",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.redirects",
    "wagtail.locales",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "django_tasks",
    "django_filters",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # FORM_RENDERER reads its templates through the same loaders as ours
    "csp",
]

MIDDLEWARE = [
    "cms.middleware.kept_pages",  # outermost: a kept page costs one small query, and is kept as it travels
    "cms.evenness.even_lengths",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cms.middleware.privacy_headers",
    "cms.middleware.content_security",
    "cms.audit.middleware.one_transaction",  # everything below is inside it, rendering included
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "cms.accounts.wall.second_factor",  # before anybody else looks at what is asked for
    "cms.database.middleware.row_security",  # needs to know who asks
    "directory.middleware.own_subtree_only",  # as above
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cms.moved.old_addresses",
]

# What readers' pages need and no more: no session is read where none can be.
PUBLIC_MIDDLEWARE = [
    "cms.middleware.kept_pages",  # outermost: a kept page costs one small query, and is kept as it travels
    "cms.evenness.even_lengths",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "cms.middleware.privacy_headers",
    "cms.middleware.content_security",
    "cms.audit.middleware.one_transaction",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cms.moved.old_addresses",
]

ROOT_URLCONF = "cms.urls"
if FACE == "public":
    INSTALLED_APPS = [name for name in INSTALLED_APPS if not name.startswith("allauth")]
    MIDDLEWARE = PUBLIC_MIDDLEWARE
    ROOT_URLCONF = "cms.public_urls"
WSGI_APPLICATION = "cms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],  # before any app's: django-scheduler ships a base.html
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["cms.accounts.backend.ClosedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "services:case_list"
# Who lands where after signing in, whoever has no role in cases: (asks of a person and a time, the name of the address).
LANDINGS = [("directory.policies.has_provider_pages", "directory:portal")]
LOGOUT_REDIRECT_URL = "/"
WAGTAILADMIN_LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "cms.accounts.adapter.ClosedAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by a colleague, never by signing up
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address gets no mail that names this site
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Counted across workers (cms/accounts/attempts.py). `login_failed` counts passwords and second steps alike.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "5/m/ip,3/10m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
CACHES = {
    "default": {"BACKEND": "cms.accounts.attempts.SharedAttempts", "LOCATION": "sekali"},
    # Files to take along (directory/views/takeaway.py): 38 provinces in two languages, 0.3 MB each at most, in this process.
    "files": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "files",
        "OPTIONS": {"MAX_ENTRIES": 80},
    },
    # Readers' pages (cms/page_cache.py), in this process: by their address alone, and with codes. 128 kB each at most.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
    "asked": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "asked",
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}
KEEP_PAGES = True

# The second step; cms/accounts/wall.py asks for it everywhere.
MFA_ADAPTER = "cms.accounts.factors.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "cms.accounts.forms.SecondStepForm",
    "reauthenticate": "cms.accounts.forms.AskAgainForm",
    "activate_totp": "cms.accounts.forms.EnrolAppForm",
    "add_webauthn": "cms.accounts.forms.AddPasskeyForm",
}
MFA_RATE_LIMITS = {"second_step": "30/d/key"}
MFA_TOTP_ISSUER = "Sekali"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are given by a colleague, never claimed by signing up
SAY_DIGITS = None  # cms.settings.dev alone names cms.accounts.demonstration

SESSION_COOKIE_AGE = 15 * 60  # idle; the row expires with it. The absolute end is cms.accounts.wall.LONGEST
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- words ----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "id"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
WAGTAIL_I18N_ENABLED = True
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "ID"
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "NATIONAL"

# --- Wagtail --------------------------------------------------------------------------------------------------------
WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAIL_PRIVATE_PAGES = {"SHARED_PASSWORD": False}
WAGTAIL_SITE_NAME = "Sekali"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILEMBEDS_FINDERS = []
WAGTAIL_USER_TIME_ZONES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]  # a browser stumbles over rare ones
# Milliseconds. At Wagtail's half a second a reviewer's approval is sent twice, and the second one answers 500.
WAGTAIL_AUTOSAVE_INTERVAL = 5000
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database", "SEARCH_CONFIG": "indonesian"}}
WAGTAILADMIN_BASE_URL = "http://localhost:8000"
WAGTAILDOCS_EXTENSIONS = []  # the name of a file says nothing: cms/uploads.py looks inside
WAGTAILDOCS_INLINE_CONTENT_TYPES = []  # a document is saved, never shown inside the site
WAGTAILDOCS_DOCUMENT_FORM_BASE = "cms.forms.DocumentForm"
WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024  # bytes, as in cms/uploads.py, which judges
WAGTAILIMAGES_IMAGE_FORM_BASE = "cms.forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}  # a password many know is none
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
SILENCED_SYSTEM_CHECKS = []

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
SERVE_MEDIA = False  # a web server does
# Bytes. Generous, because a form that is cut off here loses what was typed; each field says how much fits.
DATA_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # Wagtail's page editor
FILE_UPLOAD_HANDLERS = [
    "cms.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Texts under the master key that lie in other packages' tables, for rotate_keys.
RESEALED = ["cms.accounts.resealing.resealing"]
BEFORE_MIGRATE = ["cms.encryption.canary.check"]
AFTER_MIGRATE = [
    "cms.encryption.canary.lay",
    "cms.page_cache.watch",
    "cms.foundation.lay",
    "directory.foundation.lay",
]  # named by string: migrating lies below the pages

# What other limits of the protocol would touch: (limits as stored, now) -> [(what, how many)], by whoever keeps cases.
TOUCHED_BY_LIMITS = "services.models.touching.touched"

DEMONSTRATION = ["directory.demo.load", "services.demo.load"]  # by string as well; each module lists its PEOPLE
WORKERS = [
    ["replan", "--follow", "1"],
    ["publish_scheduled", "--follow", "60"],
]  # background work that `serve` starts beside the site, as commands of manage.py

# --- safety ---------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECURE_REFERRER_POLICY = None  # cms.middleware decides page by page (privacy.md, Three faces)
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cms.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    # Tracebacks carry a child's data in their locals' reprs; the handler keeps the type and the place only.
    "filters": {"no_traceback": {"()": "cms.middleware.WithoutTraceback"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_traceback"]},
        "none": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Paths of refused requests carry what somebody typed.
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "django.security": {"handlers": ["none"], "propagate": False},
        "django.utils.autoreload": {"level": "WARNING"},
        "django.server": {"handlers": ["none"], "propagate": False},
        # These narrate every save, titles included.
        "wagtail": {"level": "WARNING"},
        "modelsearch": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
    },
}
