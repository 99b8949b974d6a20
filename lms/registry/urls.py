"""Addresses of this room."""

from django.urls import path

from lms.registry.views.bureau import audit, bans, corrections, erasures, filing, identity, register, sameness
from lms.registry.views.bureau import queries as bureau_queries
from lms.registry.views.bureau import rosters as bureau_rosters
from lms.registry.views.bureau import unmask as bureau_unmask
from lms.registry.views.institution import employment
from lms.registry.views.institution import queries as institution_queries
from lms.registry.views.institution import rosters as institution_rosters
from lms.registry.views.institution import unmask as institution_unmask
from lms.registry.views.learner import data as learner_data
from lms.registry.views.public import account, entry, factors, notices, phone, saved

urlpatterns = [
    path("sign-in/", entry.sign_in, name="sign_in"),
    path("sign-in/code/", phone.sign_in_by_code, name="sign_in_by_code"),
    path("sign-in/code/check/", phone.sign_in_code, name="sign_in_code"),
    path("activate/", phone.activate, name="activate"),
    path("activate/code/", phone.activate_code, name="activate_code"),
    path("activate/password/", phone.activate_password, name="activate_password"),
    path("second-factor/", factors.second_factor, name="second_factor"),
    path("second-factor/set-up/", factors.set_up, name="second_factor_setup"),
    path("account/", account.account, name="account"),
    path("account/confirm/", account.confirm, name="account_confirm"),
    path("account/phone/", account.phone, name="account_phone"),
    path("account/phone/code/", account.phone_code, name="account_phone_code"),
    path("account/devices/", account.devices_end, name="account_devices_end"),
    path("account/factors/app/", factors.totp, name="factor_totp"),
    path("account/factors/passkey/", factors.passkey, name="factor_passkey"),
    path("account/factors/codes/", factors.recovery_codes, name="recovery_codes"),
    path("account/factors/remove/", factors.remove, name="factor_remove"),
    path("sign-out/", entry.sign_out, name="sign_out"),
    path("desk/", entry.home_of_role, name="home_of_role"),
    path("role/", entry.switch_membership, name="switch_membership"),
    path("saved-filters/", saved.saved_filters, name="saved_filters"),
    path("saved-filters/<int:pk>/forget/", saved.saved_filter_forget, name="saved_filter_forget"),
    path("password/", entry.password_change, name="password_change"),
    path("files/<uuid:pk>", entry.private_file, name="private_file"),
    path("notices/", notices.notices, name="notices"),
    path("bureau/institutions/", register.institutions, name="bureau_institutions"),
    path("bureau/institutions/export.xlsx", register.institutions_export, name="bureau_institutions_export"),
    path("bureau/institutions/<uuid:pk>/filing/<str:step>/", filing.step, name="bureau_filing"),
    path("bureau/people/", register.people, name="bureau_people"),
    path("bureau/rosters/", bureau_rosters.rosters, name="bureau_rosters"),
    path("bureau/rosters/template.xlsx", bureau_rosters.template, name="bureau_roster_template"),
    path("bureau/rosters/<uuid:pk>/", bureau_rosters.roster, name="bureau_roster"),
    path("bureau/rosters/<uuid:pk>/refused.xlsx", bureau_rosters.refused, name="bureau_roster_refused"),
    path("bureau/people/<uuid:pk>/documents/", identity.document_new, name="bureau_document_new"),
    path("bureau/people/<uuid:pk>/name/", identity.name_change, name="bureau_name_change"),
    path("bureau/people/<uuid:pk>/same/", identity.same_person, name="bureau_same_person"),
    path("bureau/documents/<uuid:pk>/", identity.document_end, name="bureau_document_end"),
    path("bureau/learners/new/", identity.learner_new, name="bureau_learner_new"),
    path("bureau/duplicates/", sameness.duplicates, name="bureau_duplicates"),
    path("bureau/merges/<uuid:pk>/", sameness.merge, name="bureau_merge"),
    path("bureau/bans/", bans.bans, name="bureau_bans"),
    path("bureau/bans/new/", bans.ban_new, name="bureau_ban_new"),
    path("bureau/bans/<uuid:pk>/", bans.ban, name="bureau_ban"),
    path("bureau/people/<uuid:pk>/number/", bureau_unmask.unmask, name="bureau_unmask"),
    path("bureau/corrections/", corrections.corrections, name="bureau_corrections"),
    path("bureau/corrections/<uuid:pk>/", corrections.correction, name="bureau_correction"),
    path("bureau/erasures/", erasures.erasures, name="bureau_erasures"),
    path("bureau/people/<uuid:pk>/erase/", erasures.propose, name="bureau_erase"),
    path("bureau/retention/", erasures.retention, name="bureau_retention"),
    path("bureau/queries/", bureau_queries.queries, name="bureau_queries"),
    path("bureau/queries/<uuid:pk>/", bureau_queries.query, name="bureau_query"),
    path("bureau/audit/", audit.audit, name="bureau_audit"),
    path("my/lookups/", learner_data.lookups, name="my_lookups"),
    path("my/data/", learner_data.data, name="my_data"),
    path("institution/import/", institution_rosters.rosters, name="institution_import"),
    path("institution/import/template.xlsx", institution_rosters.template, name="institution_roster_template"),
    path("institution/import/<uuid:pk>/", institution_rosters.roster, name="institution_import_preview"),
    path("institution/import/<uuid:pk>/refused.xlsx", institution_rosters.refused, name="institution_import_refused"),
    path("institution/people/<uuid:pk>/number/", institution_unmask.unmask, name="institution_unmask"),
    path("institution/queries/", institution_queries.queries, name="institution_queries"),
    path("institution/queries/<uuid:batch>/", institution_queries.batch, name="institution_query_batch"),
    path("institution/queries/<uuid:batch>/xlsx", institution_queries.batch_file, name="institution_query_file"),
    path("institution/staff/posts/<uuid:pk>/", employment.post, name="institution_post"),
]
