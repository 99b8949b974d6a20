"""Addresses of this room."""

from django.urls import path

from courses.views.centre import desk, enrol, plan, results, roll, run
from courses.views.centre import learner as centre_learner
from courses.views.learner import checkin, runs

urlpatterns = [
    path("centre/", desk.home, name="centre_home"),
    path("centre/runs/", desk.runs, name="centre_runs"),
    path("centre/runs/new/", plan.new, name="centre_run_new"),
    path("centre/runs/<uuid:pk>/", run.page, name="centre_run"),
    path("centre/runs/<uuid:pk>/enrol/", enrol.page, name="centre_enrol"),
    path("centre/runs/<uuid:pk>/results/", results.page, name="centre_results"),
    path("centre/learners/new/", centre_learner.page, name="centre_learner_new"),
    path("centre/runs/sessions/<uuid:pk>/", roll.page, name="centre_session"),
    path("my/courses/", runs.courses, name="my_courses"),
    path("my/courses/<uuid:pk>/", runs.run, name="my_run"),
    path("my/courses/<uuid:pk>/enrol/", runs.enrol, name="run_enrol"),
    path("my/checkin/", checkin.today, name="my_checkin"),
]
