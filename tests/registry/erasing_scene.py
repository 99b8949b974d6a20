"""Somebody who left traces everywhere, for tests of erasing; and everything that is kept, as text."""

import io
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from cryptography.exceptions import InvalidTag
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from certification import printing
from certification.models import Certificate, EntryCheck, Qualification
from courses.models import CourseKind, EnrollmentState, RunState, Source
from lms.jobs import running
from lms.jobs.models import Job
from lms.registry import batching, correcting, disclosing, prechecking, receiving, unmasking
from lms.registry.crypto import keys
from lms.registry.models import (
    AccountPhone,
    CertificateClaim,
    DocumentKind,
    EmploymentNote,
    Leave,
    Membership,
    NameChange,
    Notice,
    Person,
    PhoneCode,
    Post,
    PrivateFile,
    Purpose,
    RosterChange,
    RosterUpload,
)
from lms.registry.rosters.identity import check_character, normalise_id
from tests import certified
from tests import factories as f
from tests.registry.questions import make_query

BODY = "31011719650307122"
NUMBER, PASSPORT, PHONE = BODY + check_character(BODY), "E80123456", "13987650001"
#: Every form of her numbers that must be gone.
SECRETS = (NUMBER, NUMBER.lower(), NUMBER[:6] + NUMBER[8:17], PASSPORT, PHONE)
NAME, OLD_NAME = "欧阳无痕", "欧阳有迹"


@dataclass
class Scene:
    person: Person
    post: Post
    manager: Membership
    officer: Membership
    supervisor: Membership
    certificate: Certificate
    learner: Membership
    #: Rosters that name her, each in its own way; and one that does not.
    files: list[PrivateFile] = field(default_factory=list)
    innocent: PrivateFile | None = None
    #: What earlier tests left below MEDIA_ROOT.
    others: set[str] = field(default_factory=set)


def somebody() -> Scene:
    """On post with hours, a certificate with its PDF, papers that bear her ID, an account, rosters, questions."""
    others = {path for path, _content in files()}
    person = f.make_person(name=NAME, number=NUMBER, phone=PHONE, born_on=timezone.localdate().replace(year=1965))
    f.make_document(person, number=PASSPORT, kind=DocumentKind.PASSPORT)
    post = f.make_post(person, health_number=NUMBER, work_permit_number=PHONE)
    manager, officer = f.make_manager(post.institution), f.make_officer()
    learner = f.make_learner(person, user=f.make_user(person=person, username=PHONE, name=NAME))
    scene = Scene(person, post, manager, officer, f.make_supervisor(), certificate_of(person), learner)
    scene.others = others
    leave_traces(scene)
    send_rosters(scene)
    return scene


def certificate_of(person: Person) -> Certificate:
    run = f.make_run(f.make_course(kind=CourseKind.PRE_SERVICE, awards="post_training"), state=RunState.FINISHED)
    session = f.make_session(run)
    enrollment = f.make_enrollment(run, person, state=EnrollmentState.PASSED, score=90)
    f.make_entry(person, session, 180, source=Source.PRE_SERVICE)
    certificate = certified.issue_post(enrollment=enrollment)
    printing.pdf_of(certificate)
    return certificate


def leave_traces(scene: Scene) -> None:
    person, post, officer = scene.person, scene.post, scene.officer
    scan = f.make_file(Purpose.SCAN)
    Qualification.objects.create(person=person, kind_id="infant_carer", number=NUMBER, issuer="人社局", scan=scan)
    Qualification.objects.create(
        person=person,
        kind_id="infant_carer",
        number=NUMBER.lower() + "-2",
        state="refused",
        reason=f"与{NUMBER}不符",
        verified_by=officer.user,
        verified_at=timezone.now(),
    )
    CertificateClaim.objects.create(person=person, kind="infant_carer", name="育婴员", number=NUMBER)
    NameChange.objects.create(
        person=person,
        old_name=OLD_NAME,
        new_name=NAME,
        reason=f"派出所出具，{NUMBER}",
        evidence=f.make_file(Purpose.EVIDENCE),
        changed_by=officer.user,
    )
    year = f.YEAR
    Leave.objects.create(
        post=post,
        kind="sick",
        started_on=f"{year}-01-01",
        ended_on=f"{year}-01-05",
        reason=f"电话{PHONE}请假",
        recorded_by=scene.manager.user,
    )
    EmploymentNote.objects.create(
        post=post, kind="reward", on=f"{year}-02-01", title=NAME, text=f"{NAME}，{PHONE}", recorded_by=officer.user
    )
    phone = AccountPhone(user=scene.learner.user)
    phone.set_number(PHONE)
    phone.save()
    make_query(f.make_manager(), person, answer="may", purpose=f"核对{NUMBER}")
    prechecking.ask(
        by=f.make_manager(),
        name=NAME,
        document=normalise_id(NUMBER, today=timezone.localdate()),
        purpose=f"拟录用，{PHONE}",
        consent=True,
    )
    unmasking.unmask(by=officer, person=person, what=unmasking.PHONE, purpose=f"联系{PHONE}")
    evidence = SimpleUploadedFile(f"{NAME}{NUMBER}.pdf", b"%PDF-1.4 page")
    asked = correcting.request_correction(by=scene.learner, about="phone", text=f"应为{PHONE}", evidence=evidence)
    correcting.decide(by=officer, request=asked, decision="accepted", answer=f"已改为{PHONE}")
    # What nobody thought of: free text of a row that is not hers.
    stranger = f.make_post()
    Leave.objects.create(
        post=stranger,
        kind="other",
        started_on=f"{year}-03-01",
        ended_on=f"{year}-03-02",
        reason=f"照顾{NUMBER}",
        recorded_by=officer.user,
    )
    client = f.signed_in(scene.learner)
    client.post(reverse("my_data"), {"act": "copy"})
    running.run(Job.objects.get(kind=disclosing.KIND).pk)
    leave_more_traces(scene)


def leave_more_traces(scene: Scene) -> None:
    """Checks, notices to others, a code on its way, second factors, and what an import and its undoing quote."""
    person, post, user = scene.person, scene.post, scene.learner.user
    day = f"{f.YEAR}-01-02"
    EntryCheck.objects.create(
        person=person,
        institution=post.institution,
        kind="health",
        done_on=day,
        number=NUMBER,
        channel=NAME,
        passed=True,
    )
    to = {"to": scene.manager.user, "code": "check_due"}
    context = {"name": NAME, "check": "health", "until": day}
    Notice.objects.create(key=f"1:check_due:{post.pk}:health", context=context, **to)
    Notice.objects.create(key=f"1:check_due:{f.make_post().pk}:health", context=context, **to)
    Notice.objects.create(to=user, code="check_due", key="2:check_due:own", context=context)
    code = PhoneCode(purpose="change", number_index="x", user=user, expires_at=timezone.now())
    code.number = PHONE
    code.save()
    to_activate = PhoneCode(
        purpose="activate", number_index=person.phone_index, person=person, expires_at=timezone.now()
    )
    to_activate.number = PHONE
    to_activate.save()
    undone = Job.objects.create(
        kind="undo_roster",
        finished_at=timezone.now(),
        state="done",
        result={"kept": 1, "stayed": [{"kind": "人员", "name": NAME, "code": "in_use"}]},
    )
    upload = RosterUpload.objects.create(
        file=f.make_file(Purpose.ROSTER),
        institution=post.institution,
        uploaded_by=scene.manager.user,
        preview={"rows": 1, "left": 2, "leavers": [{"institution": "别处", "names": [NAME, "别人"]}]},
        undo_job_id=undone.pk,
    )
    RosterChange.objects.create(
        upload=upload,
        table="registry_person",
        row=person.pk,
        created=False,
        before={"name": OLD_NAME, "phone_sealed": ""},
        after={"name": NAME, "phone_sealed": bytes(person.phone_sealed or b"").hex()},
    )


def send_rosters(scene: Scene) -> None:
    """As a workbook, as csv in GBK with full-width digits, as 15 digits; a batch of questions; one of other people."""
    institution = scene.post.institution
    header = "机构名称,统一社会信用代码,姓名,身份证号,岗位,联系电话"
    base = f"{institution.name},{institution.uscc},{NAME}"
    wide = NUMBER.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    fifteen = NUMBER[:6] + NUMBER[8:17]
    other = f"{institution.name},{institution.uscc},别人,{f.make_id_number()},保育员,"
    uploads = [
        SimpleUploadedFile("a.csv", f"{header}\n{base},{wide},保育员,{PHONE}".encode("gb18030")),
        SimpleUploadedFile("b.csv", f"{header}\n{base},{fifteen},园长,{PHONE}0".encode()),
        SimpleUploadedFile("c.xlsx", workbook(f"{header}\n{base},{NUMBER},保育员,139-8765-0001")),
    ]
    for upload in uploads:
        scene.files.append(receiving.receive_roster(by=scene.manager, file=upload).file)
    innocent = SimpleUploadedFile("d.csv", f"{header}\n{other}".encode())
    scene.innocent = receiving.receive_roster(by=scene.manager, file=innocent).file
    people = SimpleUploadedFile("e.csv", f"姓名,身份证号\n{NAME},{NUMBER}".encode())
    job = batching.receive_batch(by=f.make_manager(), file=people, purpose="招聘", consent=True)
    scene.files.append(PrivateFile.objects.get(pk=job.args["file"]))


def workbook(lines: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, line in enumerate(lines.splitlines()):
            for column, cell in enumerate(line.split(",")):
                sheet.write_string(row, column, cell)
    return out.getvalue()


def leave_post(scene: Scene) -> None:
    Post.objects.filter(pk=scene.post.pk).update(state="left", ended_on=timezone.localdate() - timedelta(days=1))


# --- Everything that is kept ----------------------------------------------------------------


def columns() -> Iterator[tuple[str, str]]:
    """(table.column and row, value as text) of every column of every table, sealed ones opened."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = text_of(value, table, name, dict(zip(names, row, strict=True)))
                    # SQLite keeps JSON with its characters written as \\uXXXX.
                    yield f"{table}.{name}", re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def text_of(value: Any, table: str, name: str, row: dict[str, Any]) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    content = bytes(value)
    key = re.sub("-", "", str(row.get("id", "")))
    opened = ""
    if content and len(key) == 32:
        place = f"{table}:{name.removesuffix('_sealed')}:{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}"
        for cipher in keys()[1].values():
            try:
                opened = cipher.decrypt(content[1:13], content[13:], place.encode()).decode()
            except (InvalidTag, ValueError):
                continue
    return content.decode("utf-8", "replace") + opened


def files(others: Container[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Every file below MEDIA_ROOT, but for `others`."""
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file() and str(path) not in others:
            yield str(path), path.read_bytes()


def dump() -> bytes:
    """A backup of the database made now: SQLite's pages as they lie, PostgreSQL's rows as COPY writes them."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        return bytes(connection.connection.serialize())
    out = io.BytesIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f"COPY {connection.ops.quote_name(table)} TO STDOUT") as rows:
                for chunk in rows:
                    out.write(bytes(chunk))
    return out.getvalue()
