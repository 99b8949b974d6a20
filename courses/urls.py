"""Addresses of this room."""

from django.urls import path

from courses.views.bureau import claims as bureau_claims
from courses.views.bureau import corrections as bureau_corrections
from courses.views.bureau import reviews, samples, sessions
from courses.views.centre import (
    calendar,
    corrections,
    desk,
    enrol,
    equipment,
    excuses,
    figures,
    invite,
    kiosk,
    plan,
    replan,
    results,
    roll,
    run,
    screen,
    sheets,
)
from courses.views.centre import learner as centre_learner
from courses.views.institution import claims as institution_claims
from courses.views.learner import answers, checkin, claims, runs
from courses.views.public import scan

urlpatterns = [
    path("centre/", desk.home, name="centre_home"),
    path("centre/runs/", desk.runs, name="centre_runs"),
    path("centre/runs/new/", plan.new, name="centre_run_new"),
    path("centre/runs/<uuid:pk>/", run.page, name="centre_run"),
    path("centre/runs/<uuid:pk>/enrol/", enrol.page, name="centre_enrol"),
    path("centre/runs/<uuid:pk>/results/", results.page, name="centre_results"),
    path("centre/runs/<uuid:pk>/change/", plan.change, name="centre_run_change"),
    path("centre/runs/<uuid:pk>/sessions/new/", plan.add, name="centre_session_new"),
    path("centre/runs/<uuid:pk>/invite/", invite.page, name="centre_invite"),
    path("centre/runs/<uuid:pk>/evaluation/", figures.evaluation, name="centre_evaluation"),
    path("centre/sessions/<uuid:pk>/plan/", replan.page, name="centre_session_plan"),
    path("centre/calendar/", calendar.page, name="centre_calendar"),
    path("centre/rooms/", equipment.rooms, name="centre_rooms"),
    path("centre/rooms/new/", equipment.room, name="centre_room_new"),
    path("centre/rooms/<uuid:pk>/", equipment.room, name="centre_room"),
    path("centre/trainers/", equipment.trainers, name="centre_trainers"),
    path("centre/trainers/new/", equipment.trainer, name="centre_trainer_new"),
    path("centre/trainers/<uuid:pk>/", equipment.trainer, name="centre_trainer"),
    path("centre/figures/", figures.page, name="centre_figures"),
    path("centre/excuses/", excuses.page, name="centre_excuses"),
    path("centre/corrections/", corrections.page, name="centre_corrections"),
    path("bureau/attendance-corrections/", bureau_corrections.page, name="bureau_attendance_corrections"),
    path("bureau/sessions/", sessions.page, name="bureau_sessions"),
    path("bureau/sessions/<uuid:pk>/", sessions.one, name="bureau_session"),
    path("bureau/reviews/", reviews.page, name="bureau_reviews"),
    path("bureau/reviews/look/", reviews.look, name="bureau_reviews_look"),
    path("bureau/reviews/<uuid:pk>/", reviews.one, name="bureau_review"),
    path("bureau/samples/", samples.page, name="bureau_samples"),
    path("bureau/samples/<uuid:pk>/", samples.one, name="bureau_sample"),
    path("centre/samples/", sheets.page, name="centre_samples"),
    path("centre/learners/new/", centre_learner.page, name="centre_learner_new"),
    path("centre/runs/sessions/<uuid:pk>/", roll.page, name="centre_session"),
    path("bureau/claims/", bureau_claims.page, name="bureau_claims"),
    path("bureau/claims/<uuid:pk>/", bureau_claims.one, name="bureau_claim"),
    path("institution/claims/", institution_claims.page, name="institution_claims"),
    path("institution/claims/new/", institution_claims.new, name="institution_claim_new"),
    path("my/claims/", claims.page, name="my_claims"),
    path("my/claims/new/", claims.new, name="my_claim_new"),
    path("my/courses/", runs.courses, name="my_courses"),
    path("my/courses/<uuid:pk>/", runs.run, name="my_run"),
    path("my/courses/<uuid:pk>/enrol/", runs.enrol, name="run_enrol"),
    path("my/courses/<uuid:pk>/evaluate/", answers.evaluation, name="my_evaluation"),
    path("my/sessions/<uuid:pk>/excuse/", answers.excuse, name="my_excuse"),
    path("my/checkin/", checkin.today, name="my_checkin"),
    path("my/checkin/photo/", checkin.photo, name="my_photo"),
    path("my/checkin/place/", checkin.place, name="my_place"),
    path("my/checkin/<uuid:pk>/", checkin.result, name="my_scan"),
    path("s/<str:code>", scan.scan, name="scan"),
    path("centre/sessions/<uuid:pk>/screen/", screen.page, name="centre_screen"),
    path("centre/sessions/<uuid:pk>/screen/frames/", screen.frames, name="centre_screen_frames"),
    path("centre/sessions/<uuid:pk>/kiosk/", kiosk.page, name="centre_kiosk"),
]
