"""The pages a fresh site begins with, and what content editors may do with them. Safe to repeat."""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Task,
    Workflow,
)

from courses.models import CataloguePage, Course, CoursePage, HomePage

#: The group behind the content editor's role; memberships put people in it.
EDITORS = "内容编辑"
SITE_NAME = "育证"
LANGUAGE = "zh-hans"
HOME_INTRO = "<p>育证记录托育从业人员的培训、学时与证书：学了什么、够不够、证书真不真，一处可查。</p>"
CATALOGUE_INTRO = "<p>由各区主管部门认可的培训课程。登录后可报名离您最近的班次。</p>"
PAGE_RIGHTS = ("add_page", "change_page", "publish_page")
COURSE_RIGHTS = ("add_course", "change_course", "view_course")
IMAGE_RIGHTS = ("add_image", "choose_image")


@transaction.atomic
def seed_site() -> HomePage:
    """Root, locale, site, front page and catalogue, and the editors' rights; what stands is left as it is."""
    locale, _ = Locale.objects.get_or_create(language_code=LANGUAGE)
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root", locale=locale)
    home = HomePage.objects.first()
    if home is None:
        _remove_welcome(root)
        home = HomePage(title=SITE_NAME, slug="home", intro=HOME_INTRO, locale=locale)
        Page.objects.get(pk=root.pk).add_child(instance=home)
    if not Site.objects.filter(is_default_site=True, root_page_id=home.pk).exists():
        Site.objects.filter(is_default_site=True).delete()
        Site.objects.create(hostname="localhost", site_name=SITE_NAME, root_page=home, is_default_site=True)
    if not CataloguePage.objects.exists():
        page = CataloguePage(title="课程目录", slug="catalogue", intro=CATALOGUE_INTRO, locale=locale)
        home.add_child(instance=page)
    _name_in_chinese(root)
    _let_editors_edit(home)
    return home


def publish_page(course: Course, body: str = "") -> CoursePage:
    """The catalogue page of a course, made once; `body` is its text as simple HTML."""
    page = CoursePage.objects.filter(course=course).first()
    if page is not None:
        return page
    catalogue = CataloguePage.objects.first()
    if catalogue is None:
        seed_site()
        catalogue = CataloguePage.objects.get()
    page = CoursePage(title=course.title, slug=course.code, course=course, locale=catalogue.locale)
    if body:
        page.body = [("text", body)]
    catalogue.add_child(instance=page)
    return page


def _remove_welcome(root: Page) -> None:
    """Wagtail's own migration leaves a page that greets developers; nobody else should see it."""
    plain = ContentType.objects.get_for_model(Page)
    for page in Page.objects.child_of(root).filter(content_type=plain, slug="home"):
        page.delete()


def _name_in_chinese(root: Page) -> None:
    """Names that Wagtail's own migrations gave in English and that editors meet; a changed one is left alone."""
    Page.objects.filter(pk=root.pk, title="Root").update(title="全部页面", draft_title="全部页面")
    Collection.objects.filter(depth=1, name="Root").update(name="全部文件")
    for model in (Workflow, Task):
        model.objects.filter(name="Moderators approval").update(name="审核")


def _let_editors_edit(home: HomePage) -> None:
    """Editors write pages below the front page, keep courses and add pictures; nothing else."""
    group, _ = Group.objects.get_or_create(name=EDITORS)
    group.permissions.add(
        *_permissions(Course, COURSE_RIGHTS),
        *Permission.objects.filter(content_type__app_label="wagtailadmin", codename="access_admin"),
    )
    for permission in _permissions(Page, PAGE_RIGHTS):
        GroupPagePermission.objects.get_or_create(group=group, page=home, permission=permission)
    collection = Collection.get_first_root_node()
    for permission in Permission.objects.filter(content_type__app_label="wagtailimages", codename__in=IMAGE_RIGHTS):
        if collection is not None:
            GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission)


def _permissions(model: type[Page] | type[Course], codenames: tuple[str, ...]) -> list[Permission]:
    """Made here when migrate has not come to them yet: this runs in the middle of its signals."""
    kind = ContentType.objects.get_for_model(model)
    return [
        Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": f"Can {codename}"})[0]
        for codename in codenames
    ]
