"""Addresses of this room."""

from django.urls import path

from certification.views import learner, public
from certification.views.bureau import desk, standards
from certification.views.institution import checks, entries, qualifications

urlpatterns = [
    path("v/", public.verify_form, name="verify_form"),
    path("v/<str:serial>", public.verify, name="verify"),
    path("my/", learner.my_home, name="my_home"),
    path("my/record/", learner.my_record, name="my_record"),
    path("my/record/statement/", learner.my_statement, name="my_statement"),
    path("my/qualifications/", learner.my_qualifications, name="my_qualifications"),
    path("my/certificates/<uuid:pk>/", learner.my_certificate, name="my_certificate"),
    path("certificates/<uuid:pk>.pdf", learner.certificate_pdf, name="certificate_pdf"),
    path("bureau/certificates/", desk.bureau_certificates, name="bureau_certificates"),
    path("bureau/certificates/<uuid:pk>/", desk.bureau_certificate, name="bureau_certificate"),
    path("bureau/qualifications/", desk.bureau_qualifications, name="bureau_qualifications"),
    path("bureau/qualifications/<uuid:pk>/", desk.bureau_qualification, name="bureau_qualification"),
    path("bureau/entries/", desk.bureau_entries, name="bureau_entries"),
    path("institution/entries/", entries.entries, name="institution_entries"),
    path("institution/entries/new/", entries.entry_new, name="institution_entry_new"),
    path("institution/entries/<uuid:pk>/", entries.entry, name="institution_entry"),
    path("institution/checks/", checks.checks, name="institution_checks"),
    path("institution/qualifications/", qualifications.qualifications, name="institution_qualifications"),
    path(
        "institution/qualifications/<uuid:pk>/new/",
        qualifications.qualification_new,
        name="institution_qualification_new",
    ),
    path("bureau/standards/", desk.bureau_standards, name="bureau_standards"),
    path("bureau/standards/new/", standards.new, name="bureau_standard_new"),
    path("bureau/standards/<uuid:pk>/", standards.page, name="bureau_standard"),
    path("bureau/standards/<uuid:pk>/change/", standards.change, name="bureau_standard_change"),
    path("bureau/standards/<uuid:pk>/people.csv", standards.people, name="bureau_standard_people"),
]
