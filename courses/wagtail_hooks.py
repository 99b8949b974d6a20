"""Courses in the content editors' screens. Runs, attendance and hours are no business of theirs."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.viewsets.model import ModelViewSet

from courses.models import Course
from lms.registry.models import PostKind


class CourseForm(WagtailAdminModelForm):
    """The posts a course is meant for as boxes to tick; none ticked means everybody."""

    audience = forms.MultipleChoiceField(
        label=_("For posts"),
        help_text=_("None picked: for everybody."),
        choices=PostKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class CourseViewSet(ModelViewSet):
    """The lasting records behind the catalogue; deleting is for nobody, retiring is `active`."""

    model = Course
    icon = "doc-full"
    menu_label = _("Courses")
    menu_order = 150
    add_to_admin_menu = True
    url_prefix = "courses"
    list_display = ["title", "code", "kind", "region", "active"]
    list_filter = ["kind", "active"]
    # The database's own search knows no Chinese words; `icontains` finds any part of a title.
    search_fields = ["title", "code", "summary"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldRowPanel([FieldPanel("code"), FieldPanel("kind"), FieldPanel("active")]),
            MultiFieldPanel([FieldPanel("title"), FieldPanel("title_en"), FieldPanel("summary")], heading=_("Names")),
            FieldPanel("region"),
            MultiFieldPanel(
                [FieldRowPanel([FieldPanel("skill_minutes"), FieldPanel("ethics_minutes")])],
                heading=_("Minutes per kind of hours"),
            ),
            FieldPanel("audience"),
            FieldPanel("awards"),
        ],
        base_form_class=CourseForm,
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Course]":
        return Course.objects.select_related("region")


@hooks.register("register_admin_viewset")
def courses_viewset() -> CourseViewSet:
    return CourseViewSet()
