"""Addresses of this room."""

from django.urls import path

from lms.registry.views import public

urlpatterns = [
    path("sign-in/", public.sign_in, name="sign_in"),
    path("sign-out/", public.sign_out, name="sign_out"),
    path("desk/", public.home_of_role, name="home_of_role"),
    path("role/", public.switch_membership, name="switch_membership"),
    path("password/", public.password_change, name="password_change"),
    path("files/<uuid:pk>", public.private_file, name="private_file"),
]
