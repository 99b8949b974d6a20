"""The addresses a shell needs, for tests of the shell alone."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("sign-in/", nothing, name="sign_in"),
    path("sign-out/", nothing, name="sign_out"),
    path("switch/", nothing, name="switch_membership"),
    path("start/", nothing, name="home_of_role"),
    path("bureau/", nothing, name="bureau_home"),
    path("bureau/rates/", nothing, name="bureau_rates"),
]
