"""Addresses of this room."""

from django.urls import path

from certification.views import bureau, learner, public

urlpatterns = [
    path("v/", public.verify_form, name="verify_form"),
    path("v/<str:serial>", public.verify, name="verify"),
    path("my/", learner.my_home, name="my_home"),
    path("my/record/", learner.my_record, name="my_record"),
    path("my/certificates/<uuid:pk>/", learner.my_certificate, name="my_certificate"),
    path("certificates/<uuid:pk>.pdf", learner.certificate_pdf, name="certificate_pdf"),
    path("bureau/certificates/", bureau.bureau_certificates, name="bureau_certificates"),
    path("bureau/certificates/<uuid:pk>/", bureau.bureau_certificate, name="bureau_certificate"),
    path("bureau/qualifications/", bureau.bureau_qualifications, name="bureau_qualifications"),
    path("bureau/standards/", bureau.bureau_standards, name="bureau_standards"),
]
