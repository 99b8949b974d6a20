"""Wagtail pages: brochures that point to records. Moving or deleting one loses no record."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, Panel
from wagtail.blocks import CharBlock, ListBlock, RichTextBlock, StructBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageBlock
from wagtail.models import Page

from courses.models.courses import Course


class HomePage(Page):
    """The public front door: verify a certificate, find a course, sign in."""

    intro = RichTextField(_("introduction"), blank=True, features=["bold", "link"])

    content_panels: ClassVar[list[Panel]] = [*Page.content_panels, FieldPanel("intro")]
    max_count = 1
    subpage_types: ClassVar[list[str]] = ["courses.CataloguePage"]
    template = "courses/home_page.html"

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.browsing import home_context

        return {**super().get_context(request, *args, **kwargs), **home_context(self, request)}


class CataloguePage(Page):
    """The list of courses, filtered by words, kind and bucket; its state is in the URL."""

    intro = RichTextField(_("introduction"), blank=True, features=["bold", "link"])

    content_panels: ClassVar[list[Panel]] = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types: ClassVar[list[str]] = ["courses.HomePage"]
    subpage_types: ClassVar[list[str]] = ["courses.CoursePage"]
    template = "courses/catalogue_page.html"

    class Meta:
        verbose_name = _("catalogue")
        verbose_name_plural = _("catalogues")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.browsing import catalogue_context

        return {**super().get_context(request, *args, **kwargs), **catalogue_context(self, request)}


class CoursePage(Page):
    """The brochure of one course; everything that counts stands in `course`."""

    course = models.OneToOneField(Course, models.PROTECT, related_name="page", verbose_name=_("course"))
    picture = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )
    body = StreamField(
        [
            ("text", RichTextBlock(label=_("Text"), features=["h2", "h3", "bold", "ol", "ul", "link"])),
            ("image", ImageBlock(label=_("Image"))),
            (
                "outline",
                ListBlock(
                    StructBlock(
                        [
                            ("title", CharBlock(label=pgettext_lazy("course", "Title"))),
                            ("text", CharBlock(label=_("Text"), required=False)),
                        ]
                    ),
                    label=_("Outline"),
                ),
            ),
        ],
        blank=True,
        verbose_name=_("body"),
    )

    content_panels: ClassVar[list[Panel]] = [
        *Page.content_panels,
        FieldPanel("course"),
        FieldPanel("picture"),
        FieldPanel("body"),
    ]
    parent_page_types: ClassVar[list[str]] = ["courses.CataloguePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "courses/course_page.html"

    class Meta:
        verbose_name = _("course page")
        verbose_name_plural = _("course pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.browsing import course_context

        return {**super().get_context(request, *args, **kwargs), **course_context(self, request)}
