from django.urls import path

from lms.web import views

urlpatterns = [
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/job/", views.styleguide_job, name="styleguide_job"),
    path("styleguide/row/<int:number>/", views.styleguide_row, name="styleguide_row"),
    path("styleguide/error/<slug:code>/", views.styleguide_error, name="styleguide_error"),
]
