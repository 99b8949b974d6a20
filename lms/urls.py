"""Every address of the site. Each room brings its own; Wagtail answers what is left."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from lms.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("lms.jobs.urls")),
    path("", include("lms.registry.urls")),
    path("", include("courses.urls")),
    path("", include("certification.urls")),
    path("", include("reports.urls")),
    path("", include("lms.web.urls")),
    path("cms/", include(wagtailadmin_urls)),
    *static(settings.MEDIA_URL, document_root=settings.PUBLIC_MEDIA),
    path("", include(wagtail_urls)),
]
