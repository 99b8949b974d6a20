"""Run by test_import_kill as a process of its own: a migrated database and one confirmed roster.

Arguments: how many rows. Prints nothing; the job waits in the queue.
"""

import sys

import django
from django.core.management import call_command


def prepare(rows: int) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from lms.registry import receiving
    from tests import factories

    call_command("migrate", verbosity=0)
    officer = factories.make_officer()
    lines = ["机构名称,统一社会信用代码,姓名,身份证号,岗位,证书名称,证书编号"]
    code = factories.make_uscc()
    for number in range(1, rows + 1):
        document = factories.make_id_number(number)
        lines.append(f"小树苗托育园,{code},李春梅{number},{document},保育员,育婴员,Y{number}")
    file = SimpleUploadedFile("roster.csv", "\n".join(lines).encode())
    receiving.start_import(by=officer, upload=receiving.receive_roster(by=officer, file=file))


if __name__ == "__main__":
    django.setup()
    prepare(int(sys.argv[1]))
