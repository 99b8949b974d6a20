"""What learners think of a run once it is over."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.runs import Enrollment

#: Marks go from 1, poor, to this, very good.
BEST = 5
_MARKS = [MinValueValidator(1), MaxValueValidator(BEST)]


class Evaluation(models.Model):
    """One learner's answer after a run, given once. The centre reads it without her name."""

    enrollment = models.OneToOneField(Enrollment, models.PROTECT, primary_key=True, related_name="evaluation")
    content = models.PositiveSmallIntegerField(_("content"), validators=_MARKS)
    teaching = models.PositiveSmallIntegerField(_("teaching"), validators=_MARKS)
    organisation = models.PositiveSmallIntegerField(_("organisation"), validators=_MARKS)
    words = models.CharField(_("what should be better"), max_length=500, blank=True)
    given_at = models.DateTimeField(_("given at"), auto_now_add=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["-given_at"]
        constraints = [
            models.CheckConstraint(
                name="evaluation_marks_in_range",
                condition=Q(content__range=(1, BEST), teaching__range=(1, BEST), organisation__range=(1, BEST)),
            )
        ]

    def __str__(self) -> str:
        return str(self.enrollment_id)
