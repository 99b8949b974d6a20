"""Addresses of this room."""

from django.urls import path

from reports.views.bureau import duties, exports, home, institution, people, rates, rating, ratings, ratios, reminders
from reports.views.bureau import hours as bureau_hours
from reports.views.institution import classes as institution_classes
from reports.views.institution import duties as institution_duties
from reports.views.institution import home as institution_home
from reports.views.institution import hours as institution_hours
from reports.views.institution import invitations as institution_invitations
from reports.views.institution import people as institution_people
from reports.views.institution import rates as institution_rates
from reports.views.institution import staff as institution_staff

urlpatterns = [
    path("bureau/", home.bureau_home, name="bureau_home"),
    path("bureau/rates/", rates.bureau_rates, name="bureau_rates"),
    path("bureau/rates/people/", rates.bureau_rate_people, name="bureau_rate_people"),
    path("bureau/rates/freeze/", rates.bureau_rate_freeze, name="bureau_rate_freeze"),
    path("bureau/rates/frozen/<uuid:pk>/", rates.bureau_rate_frozen, name="bureau_rate_frozen"),
    path("bureau/people/<uuid:pk>/", people.bureau_person, name="bureau_person"),
    path("bureau/people/<uuid:pk>/statement/", people.bureau_statement, name="bureau_statement"),
    path("bureau/institutions/<uuid:pk>/", institution.bureau_institution, name="bureau_institution"),
    path("bureau/ratings/", ratings.bureau_ratings, name="bureau_ratings"),
    path("bureau/ratings/<str:code>/", ratings.bureau_rating_round, name="bureau_rating_round"),
    path("bureau/ratings/<str:code>/<uuid:pk>/", rating.bureau_rating, name="bureau_rating"),
    path("bureau/ratios/", ratios.bureau_ratios, name="bureau_ratios"),
    path("bureau/ratios/<uuid:pk>/", ratios.bureau_ratio, name="bureau_ratio"),
    path("bureau/duties/", duties.bureau_duties, name="bureau_duties"),
    path("bureau/duties/export/", duties.bureau_duties_export, name="bureau_duties_export"),
    path("bureau/duties/<uuid:pk>/", duties.bureau_duty, name="bureau_duty"),
    path("institution/duties/", institution_duties.institution_duties, name="institution_duties"),
    path("institution/duties/<uuid:pk>/", institution_duties.institution_duty, name="institution_duty"),
    path("institution/classes/", institution_classes.institution_classes, name="institution_classes"),
    path("institution/classes/<uuid:pk>/", institution_classes.institution_class, name="institution_class"),
    path("institution/", institution_home.institution_home, name="institution_home"),
    path(
        "institution/today/invitations/",
        institution_invitations.invitations_today,
        name="institution_invitations_today",
    ),
    path("institution/invitations/", institution_invitations.invitations, name="institution_invitations"),
    path("institution/invitations/<uuid:pk>/", institution_invitations.invitation, name="institution_invitation"),
    path("institution/today/classes/", institution_home.classes_today, name="institution_classes_today"),
    path("institution/staff/", institution_staff.roster, name="institution_roster"),
    path("institution/staff/export/", institution_staff.export, name="institution_staff_export"),
    path("institution/staff/act/", institution_staff.act, name="institution_staff_act"),
    path("institution/rates/", institution_rates.institution_rates, name="institution_rates"),
    path("institution/people/<uuid:pk>/", institution_people.institution_person, name="institution_person"),
    path("bureau/hours/", bureau_hours.bureau_hours, name="bureau_hours"),
    path("bureau/reminders/", reminders.bureau_reminders, name="bureau_reminders"),
    path("bureau/reminders/<uuid:pk>/", reminders.bureau_reminder, name="bureau_reminder"),
    path("bureau/hours/seats/", bureau_hours.bureau_hours_seats, name="bureau_hours_seats"),
    path("institution/hours/", institution_hours.institution_hours, name="institution_hours"),
    path("institution/hours/enrol/", institution_hours.institution_hours_enrol, name="institution_hours_enrol"),
    path("hours/export/", bureau_hours.hours_export, name="hours_export"),
    path(
        "institution/people/<uuid:pk>/statement/",
        institution_people.institution_statement,
        name="institution_statement",
    ),
    path("rates/export/", exports.rate_export, name="rate_export"),
]
