"""Made-up data for the component page. None of these people, institutions or numbers exist."""

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.web.statuses import STATUSES

BEIJING = ZoneInfo("Asia/Shanghai")
NAMES = (
    "王芳",
    "张𬱖明",
    "阿卜杜热合曼·买买提吐尔逊·艾力阿卜杜拉·努尔麦麦提·吐尔洪江·库尔班",
    "㛃䶮",
    "欧阳静怡",
)
INSTITUTIONS = (
    "松江区小太阳托育园",
    "上海市松江区九里亭街道涞寅路社区幼儿托育服务点（宝宝屋）与家庭养育支持中心联合示范点",
)
SAMPLE_ID = "310117199003077828"
AS_OF = dt.date(2026, 6, 30)
WHEN = dt.datetime(2026, 3, 5, 14, 5, tzinfo=BEIJING)
ROWS = 5000
ROWS_PER_PAGE = 8


@dataclass(frozen=True)
class Job:
    """Looks like a job to the job panel."""

    state: str
    done: int
    total: int | None
    error_code: str = ""
    error_message: str = ""
    refusals: list[dict[str, object]] = field(default_factory=list)


RUNNING_JOB = Job("running", 1873, 5000)
STARTING_JOB = Job("queued", 0, None)
DONE_JOB = Job(
    "done",
    5000,
    5000,
    refusals=[
        {"row": 17, "column": "身份证号", "message": "末位校验码不对，请核对原件。", "code": "id_check_digit"},
        {"row": 203, "column": "岗位", "message": "不认识的岗位「后勤」，请改为字典中的岗位。", "code": "post_unknown"},
    ],
)
FAILED_JOB = Job("failed", 240, 5000, "file_unreadable", "文件读到第 240 行后损坏，前面的行没有写入。")


def row(number: int) -> dict[str, object]:
    """One line of the sample list, the same for the same number."""
    states = ("on_post", "probation", "leave", "suspended", "left")
    return {
        "number": number,
        "name": NAMES[number % len(NAMES)],
        "institution": INSTITUTIONS[number % len(INSTITUTIONS)],
        "document": SAMPLE_ID,
        "minutes": 45 * (number * 7 % 90) + 20 * (number % 3),
        "state": states[number % len(states)],
        "hired": AS_OF - dt.timedelta(days=number * 3 % 2000),
    }


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Full name"), help_text=_("As on the identity document."))
    document = forms.CharField(
        label=_("Document number"), help_text=_("Spaces and full-width digits may be pasted."), max_length=18
    )
    phone = forms.CharField(label=_("Mobile number"), required=False)
    post = forms.ChoiceField(label=_("Post"), choices=[("", "—"), ("carer", "保育人员"), ("teacher", "保教人员")])
    hired = forms.DateField(label=_("Hired on"), widget=forms.DateInput(attrs={"type": "date"}))
    buckets = forms.MultipleChoiceField(
        label=_("Hours count as"),
        choices=[("skill", "综合技能"), ("ethics", "职业道德")],
        widget=forms.CheckboxSelectMultiple,
    )
    full_time = forms.ChoiceField(
        label=_("Working time"), choices=[("full", "全职"), ("part", "非全职")], widget=forms.RadioSelect
    )
    scan = forms.FileField(label=_("Scan"), required=False, help_text="PDF, JPG")
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    consent = forms.BooleanField(label=_("The person has been told how the data is used."))


class SampleFilter(forms.Form):
    """The filter bar of the sample list."""

    q = forms.CharField(label=_("Name or document number"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", "全部"), ("on_post", "在岗"), ("leave", "休假"), ("left", "离职")],
    )
    since = forms.DateField(label=_("Hired since"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


def refused_form() -> SampleForm:
    """A form that was sent with mistakes: what was typed is still in it."""
    form = SampleForm({"name": NAMES[2], "document": "3101171990030778", "hired": "2026-02-30", "post": "carer"})
    form.is_valid()
    form.add_error("document", "证件号码应为 18 位，现有 16 位。请对照证件补全。")
    form.add_error(None, "此人在「禁入」名单中，不能登记上岗。")
    return form


def _page(request: HttpRequest) -> Page[Any]:
    numbers: Paginator[Any] = Paginator(range(1, ROWS + 1), ROWS_PER_PAGE)
    page = numbers.get_page(request.GET.get("page"))
    page.object_list = [row(number) for number in page.object_list]
    return page


def context(request: HttpRequest) -> dict[str, object]:
    """All that the component page needs."""
    return {
        "statuses": list(STATUSES),
        "as_of": AS_OF,
        "when": WHEN,
        "rate": Fraction(1999, 2500),
        "sample_id": SAMPLE_ID,
        "long_name": NAMES[2],
        "long_institution": INSTITUTIONS[1],
        "skill": {"have": Fraction(101, 2), "need": 88},
        "ethics": {"have": 40, "need": 40},
        "running_job": RUNNING_JOB,
        "starting_job": STARTING_JOB,
        "done_job": DONE_JOB,
        "failed_job": FAILED_JOB,
        "page": _page(request),
        "filter_form": SampleFilter(request.GET),
        "views": [(_("Everyone"), ""), (_("On leave"), "state=leave"), (_("Left"), "state=left")],
        "form": SampleForm(auto_id="new_%s"),
        "refused_form": refused_form(),
        "facts": [
            (_("Full name"), NAMES[2]),
            (_("Institution"), INSTITUTIONS[1]),
            (_("Mobile number"), "138****5678"),
            (_("Note"), ""),
        ],
        "entries": [
            {"when": WHEN, "title": "撤销证书", "text": "事由：姓名登记有误，另发新证。", "tone": "refused"},
            {"when": AS_OF, "title": "学时达到标准，自动签发年度培训证书", "tone": "reached"},
            {"when": dt.date(2025, 9, 1), "title": "报名「婴幼儿回应性照护」第 3 班"},
        ],
    }
