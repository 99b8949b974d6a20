"""Every component in the states that pages put it in, and the rules all of them keep."""

import re
from fractions import Fraction
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.db import models
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from lms.web import icons, samples
from lms.web.statuses import STATUSES, TONE_ICONS, status_of


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def draw(source: str, **context: object) -> str:
    """The markup of ``source`` with the components loaded, white space collapsed."""
    rendered = Template("{% load web %}" + source).render(Context(context))
    return re.sub(r"\s+", " ", rendered)


class TestIcons:
    def test_hidden_from_screen_readers_unless_it_says_something(self):
        assert 'aria-hidden="true"' in draw('{% icon "house" %}')
        assert 'role="img" aria-label="Home"' in draw('{% icon "house" "Home" %}')

    def test_label_is_escaped(self):
        assert "<b>" not in draw('{% icon "house" label %}', label="<b>")

    @pytest.mark.parametrize("name", ["no-such-icon", "../house", ""])
    def test_an_icon_that_is_not_vendored_is_an_error(self, name):
        with pytest.raises(icons.IconMissing):
            icons.draw(name)

    def test_every_icon_named_in_python_is_vendored(self):
        vendored = set(icons.names())
        assert {status.icon for status in STATUSES.values()} <= vendored
        assert set(TONE_ICONS.values()) <= vendored

    def test_no_icon_carries_script_or_style(self):
        for name in icons.names():
            assert not re.search(r"<(script|style)|style=|on\w+=|href", icons.draw(name))


class TestStatus:
    class State(models.TextChoices):
        ON_POST = "on_post", "At work"

    def test_word_icon_and_tone_together(self):
        pill = draw("{% status 'expired' %}")
        assert "tone-due" in pill
        assert "Expired" in pill
        assert "<svg" in pill

    def test_a_choice_brings_its_own_label(self):
        pill = draw("{% status state %}", state=self.State.ON_POST)
        assert "At work" in pill
        assert "tone-reached" in pill

    def test_the_label_given_wins(self):
        assert "在岗" in draw("{% status 'on_post' '在岗' %}")

    def test_unlisted_state_is_quiet_in_its_own_word(self):
        assert status_of("no-such-state") == ("no-such-state", "quiet", "circle")

    def test_tone_can_be_set_but_not_invented(self):
        assert status_of("expired", "refused").tone == "refused"
        with pytest.raises(ValueError):
            status_of("expired", "pink")


class TestRing:
    def test_have_need_and_missing_add_up(self):
        ring = draw("{% ring 'Skills' have need %}", have=Fraction(101, 2), need=88)
        assert ">50.5<" in ring
        assert "/ 88" in ring
        assert "37.5 hours to go" in ring
        assert 'stroke-dasharray="57 100"' in ring

    def test_nearly_there_is_not_there(self):
        ring = draw("{% ring 'Skills' have need %}", have=Fraction(87999, 1000), need=88)
        assert ">87.9<" in ring
        assert "0.1 hours to go" in ring
        assert "tone-due" in ring

    def test_reached(self):
        ring = draw("{% ring 'Ethics' '40' 40 %}")
        assert "tone-reached" in ring
        assert "Reached" in ring
        assert "to go" not in ring

    def test_nothing_needed_is_reached(self):
        assert "tone-reached" in draw("{% ring 'Ethics' 0 0 %}")

    def test_nothing_done_draws_no_arc(self):
        assert "ring-bar" not in draw("{% ring 'Ethics' 0 40 %}")


class TestFigure:
    def test_carries_target_gap_parts_date_and_link(self):
        figure = draw(
            "{% figure 'Rate' rate|percent_floor target='80%' gap='1 to go' numerator=1999 denominator=2500"
            " as_of=day href='/people/' tone='due' %}",
            rate=Fraction(1999, 2500),
            day=samples.AS_OF,
        )
        for part in ("79.9%", "Target 80%", "1 to go", "1999 / 2500", "As of 30 Jun 2026", 'href="/people/"'):
            assert part in figure

    def test_zero_counts_as_a_numerator(self):
        assert "0 / 12" in draw("{% figure 'Rate' '0.0%' numerator=0 denominator=12 %}")

    def test_without_parts(self):
        figure = draw("{% figure 'Rate' '—' %}")
        assert "figure-parts" not in figure
        assert "<a" not in figure


class TestProgress:
    def test_counts(self):
        bar = draw("{% progress 1873 5000 %}")
        assert '<progress value="1873" max="5000"' in bar
        assert "37%" in bar

    @pytest.mark.parametrize("total", [None, 0])
    def test_length_unknown(self, total):
        bar = draw("{% progress 0 total %}", total=total)
        assert "value=" not in bar
        assert "Under way" in bar


class TestJobPanel:
    def test_polls_while_under_way(self):
        panel = draw("{% job_panel job url='/jobs/1/panel/' estimate=140 %}", job=samples.RUNNING_JOB)
        assert 'hx-get="/jobs/1/panel/" hx-trigger="every 2s"' in panel
        assert "about 3 minutes left" in panel
        assert 'aria-busy="true"' in panel

    def test_stops_when_done_and_shows_what_was_refused(self):
        panel = draw(
            "{% job_panel job url='/jobs/1/panel/' refusals=job.refusals result_url='/result/' %}",
            job=samples.DONE_JOB,
        )
        assert "hx-get" not in panel
        assert "2 rows were refused" in panel
        assert "Row 17" in panel
        assert "id_check_digit" in panel
        assert 'href="/result/"' in panel

    def test_failed_shows_its_code(self):
        panel = draw("{% job_panel job url='/x/' %}", job=samples.FAILED_JOB)
        assert "hx-get" not in panel
        assert "file_unreadable" in panel


class TestSayings:
    def test_refusal_says_what_why_next_and_code(self):
        refusal = draw(
            "{% refusal what='Not enrolled' why='Barred' source='S49' next='Object' next_url='/o/'"
            " code='person_barred' %}"
        )
        for part in ('role="alert"', "Not enrolled", "Barred", "S49", 'href="/o/"', "person_barred"):
            assert part in refusal

    def test_refusal_without_a_reason_leaves_no_empty_lines(self):
        assert "refusal-line" not in draw("{% refusal what='Not enrolled' %}")

    def test_empty_state_has_one_action(self):
        assert draw("{% empty 'No runs' 'They will be here.' 'Open a run' '/new/' %}").count("<a") == 1
        assert "<a" not in draw("{% empty 'No runs' %}")

    def test_steps_mark_where_one_stands(self):
        steps = draw("{% steps 'Upload' 'Preview' 'Import' current=2 %}")
        assert steps.count('aria-current="step"') == 1
        assert steps.count("is-done") == 1

    def test_facts_show_an_empty_value_as_a_dash(self):
        assert "<dd>—</dd>" in draw("{% facts pairs %}", pairs=[("Note", "")])
        assert "<dd>0</dd>" in draw("{% facts pairs %}", pairs=[("Count", 0)])

    def test_timeline_takes_days_and_moments(self):
        line = draw(
            "{% timeline entries %}",
            entries=[{"when": samples.WHEN, "title": "A"}, {"when": samples.AS_OF, "title": "B", "tone": "due"}],
        )
        assert "5 Mar 2026, 14:05" in line
        assert "30 Jun 2026<" in line

    def test_a_name_is_escaped_everywhere(self):
        evil = "<script>alert(1)</script>"
        drawn = draw(
            "{% facts pairs %}{% verdict 'reached' evil evil %}{% empty evil evil %}{% refusal what=evil %}"
            "{% card title=evil %}{{ evil }}{% endcard %}{% seal evil %}{% status 'due' evil %}",
            evil=evil,
            pairs=[(evil, evil)],
        )
        assert "<script" not in drawn


class TestLists:
    def test_pagination_keeps_the_rest_of_the_address(self):
        request = RequestFactory().get("/people/?state=leave&page=2&q=王芳")
        page = Paginator(range(5000), 50).get_page(2)
        links = draw("{% pagination page %}", page=page, request=request)
        assert 'href="?state=leave&amp;q=%E7%8E%8B%E8%8A%B3&amp;page=3"' in links
        assert 'aria-current="page">2<' in links
        assert "page 2 of 100" in links

    def test_a_single_page_has_a_count_and_no_links(self):
        request = RequestFactory().get("/people/")
        links = draw("{% pagination page %}", page=Paginator(range(3), 50).get_page(1), request=request)
        assert "3 entries" in links
        assert "<a" not in links

    def test_filter_bar_marks_the_view_in_the_address(self):
        request = RequestFactory().get("/people/?state=leave&q=&page=3")
        bar = draw(
            "{% filter_bar form views %}",
            form=samples.SampleFilter(request.GET),
            views=[("All", ""), ("On leave", "state=leave")],
            request=request,
        )
        assert 'href="/people/?state=leave" aria-current="true"' in bar
        assert bar.count('aria-current="true"') == 1
        assert "Clear" in bar
        assert 'method="get"' in bar

    def test_nothing_to_clear_without_a_filter(self):
        request = RequestFactory().get("/people/?page=3")
        assert "Clear" not in draw("{% filter_bar form %}", form=samples.SampleFilter(request.GET), request=request)

    def test_table_is_named_and_scrolls_by_keyboard(self):
        table = draw("{% datatable label='Staff' %}<tbody></tbody>{% enddatatable %}")
        assert 'role="region" aria-label="Staff" tabindex="0"' in table
        assert "Staff</caption>" in table


class TestForms:
    def test_hint_and_error_are_tied_to_the_field(self):
        html = draw("{% field form.document %}", form=samples.refused_form())
        assert 'aria-describedby="id_document_helptext id_document_error"' in html
        assert 'id="id_document_helptext"' in html
        assert 'id="id_document_error"' in html
        assert html.index("id_document_helptext") < html.index("<input") < html.index('id="id_document_error"')

    def test_what_was_typed_is_kept(self):
        form = draw("{% form_fields form %}", form=samples.refused_form())
        assert samples.NAMES[2] in form
        assert "3101171990030778" in form

    def test_errors_of_the_whole_form_come_first(self):
        form = draw("{% form_fields form %}", form=samples.refused_form())
        assert form.index('role="alert"') < form.index("<input")

    def test_groups_have_a_legend_and_no_label_without_a_field(self):
        html = draw("{% field form.buckets %}", form=samples.SampleForm())
        assert "<fieldset" in html
        assert "<legend" in html
        assert "</fieldset>" in html
        assert "form-control" not in html

    def test_optional_is_said_required_is_not(self):
        form = samples.SampleForm()
        assert "optional" in draw("{% field form.phone %}", form=form)
        assert "optional" not in draw("{% field form.name %}", form=form)

    def test_one_box_has_its_label_beside_it(self):
        html = draw("{% field form.consent %}", form=samples.SampleForm())
        assert html.index("<input") < html.index("<label")
        assert 'for="id_consent"' in html


def test_dialog_is_named_by_its_title():
    dialog = draw("{% dialog id='revoke' title='Revoke' %}<p>x</p>{% enddialog %}")
    assert 'id="revoke" aria-labelledby="revoke-title"' in dialog
    assert "<p>x</p>" in dialog


def test_job_panel_asks_the_jobs_own_address_by_default():
    job = SimpleNamespace(pk="11111111-1111-1111-1111-111111111111", state="running", done=1, total=2)
    assert f"/jobs/{job.pk}/" in draw("{% job_panel job %}", job=job)
