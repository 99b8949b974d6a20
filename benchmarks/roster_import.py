"""How fast a roster is imported, and with how much memory.

    python -m benchmarks.roster_import [ROWS]

Makes a synthetic workbook (100,000 rows unless told) and imports it into an empty SQLite database of
its own, as an officer who sends it on the page and confirms the preview does: with all that is needed
to take the import back. Then once more, when nothing changes.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 100_000
PER_INSTITUTION = 20
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "芳敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
HEADER = ["机构名称", "统一社会信用代码", "姓名", "性别", "身份证号", "学历", "岗位", "入职日期", "联系电话"]
HEADER += ["证书名称", "等级", "证书编号", "健康证号", "健康证到期"]
POSTS = ("保育师", "托班教师", "保健员", "炊事员", "保安", "园长")


def write_roster(path: Path, rows: int) -> None:
    """A clean roster: every person once, twenty to an institution, two in three with a certificate."""
    import xlsxwriter

    from lms.registry.rosters.identity import check_character

    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("花名册")
        sheet.write_row(0, 0, HEADER)
        for n in range(rows):
            place = n // PER_INSTITUTION
            body = f"91310117MA{place:07d}"
            total = sum(alphabet.index(character) * pow(3, i, 31) for i, character in enumerate(body))
            digits = f"310117{1965 + n % 36}{n // 36 % 12 + 1:02d}{n // 432 % 28 + 1:02d}{n // 12096 * 7 % 1000:03d}"
            certified = n % 3 != 0
            sheet.write_row(
                n + 1,
                0,
                (
                    f"小树苗托育园{place}",
                    body + alphabet[-total % 31],
                    SURNAMES[n % 20] + GIVEN[n // 20 % 20] + GIVEN[n // 400 % 20],
                    "男" if int(digits[-1]) % 2 else "女",
                    digits + check_character(digits),
                    "大专",
                    POSTS[n % 6],
                    f"20{18 + n % 7}-0{n % 9 + 1}-15",
                    f"138{n:08d}",
                    "保育师" if certified else "",
                    "四级" if certified else "",
                    f"Y0000{n:017d}" if certified else "",
                    f"JK{n:08d}",
                    "2027-06-30",
                ),
            )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="yuzheng-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DEBUG": "1",
            "VAR_DIR": folder,
            "MEDIA_ROOT": folder,
            "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3",
        }
        # In a process of its own: whoever imports has not migrated, and what that leaves behind is not its memory.
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], check=True)
        import django

        django.setup()
        from django.conf import settings

        # DEBUG keeps every query; an operator's process doesn't.
        settings.DEBUG = False
        roster = Path(folder, "roster.xlsx")
        write_roster(roster, rows)
        for what in ("first import", "the same again"):
            measure(what, roster)


def measure(what: str, roster: Path) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lms.jobs import running
    from lms.jobs.models import Job
    from lms.registry import receiving
    from lms.registry.models import Membership, Region, Role, RosterChange, User

    user, _ = User.objects.get_or_create(username="officer")
    region = Region.objects.get(code="310117")
    officer, _ = Membership.objects.get_or_create(user=user, role=Role.BUREAU_OFFICER, region=region)
    # No worker is there: its jobs are run here.
    running.nudge = lambda job_id: None
    upload = receiving.receive_roster(by=officer, file=SimpleUploadedFile(roster.name, roster.read_bytes()))
    if (preview := receiving.preview_job(upload)) is not None:
        running.run(preview.pk)
        upload.refresh_from_db()
    job = receiving.start_import(by=officer, upload=upload)
    started, worked = time.perf_counter(), time.process_time()
    running.run(job.pk)
    taken, worked = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = Job.objects.get(pk=job.pk).result
    changes = RosterChange.objects.filter(upload=upload).count()
    print(
        f"roster import, {what}: {answer['rows']} rows in {taken:.1f} s, {answer['rows'] / taken:.0f} rows/s "
        f"({worked:.1f} s of processor), peak {peak:.0f} MB; created {answer['created']}, "
        f"unchanged {answer['unchanged']}, rejected {len(answer['rejected'])}; {changes} changes kept"
    )


if __name__ == "__main__":
    main()
