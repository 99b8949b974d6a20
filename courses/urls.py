"""Addresses of this room."""

from django.urls import path

from courses.views import learner
from courses.views.centre import desk, enrol, plan, results, roll, run
from courses.views.centre import learner as centre_learner

urlpatterns = [
    path("centre/", desk.home, name="centre_home"),
    path("centre/runs/", desk.runs, name="centre_runs"),
    path("centre/runs/new/", plan.new, name="centre_run_new"),
    path("centre/runs/<uuid:pk>/", run.page, name="centre_run"),
    path("centre/runs/<uuid:pk>/enrol/", enrol.page, name="centre_enrol"),
    path("centre/runs/<uuid:pk>/results/", results.page, name="centre_results"),
    path("centre/learners/new/", centre_learner.page, name="centre_learner_new"),
    path("centre/runs/sessions/<uuid:pk>/", roll.page, name="centre_session"),
    path("my/courses/", learner.courses, name="my_courses"),
    path("my/courses/<uuid:pk>/", learner.run, name="my_run"),
    path("my/courses/<uuid:pk>/enrol/", learner.enrol, name="run_enrol"),
    path("my/checkin/", learner.checkin, name="my_checkin"),
]
