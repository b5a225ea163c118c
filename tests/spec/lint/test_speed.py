"""A check is quick, grows with the document and not faster, and no document makes it stop."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench.findings import CORPUS, RELEASES

from soulwright.spec import SpecErrors, compile_document, parse
from soulwright.spec.lint import RULES, Report, lint, report_to_dict

PATH = CORPUS / RELEASES[-1] / "model_spec.md"
HOSTILE = {
    "headings": "".join(f"## H{n} {{#h{n} authority=user}}\n\nIt must.\n\n" for n in range(2000)),
    "headings without anything": "# a\n" * 10_000,
    "headings in headings": "".join(f"{'#' * (1 + n % 6)} exception {{#e{n}}}\n\n[a](#h{n})\n\n" for n in range(2000)),
    "comments": "<!-- soulwright-disable SW110: x -->\n\nIt must.\n\n" * 2000,
    "comments above headings": "<!-- soulwright-disable SW110: x -->\n\n# A\n\nIt must.\n\n" * 2000,
    "one sentence": "# A {#a}\n\n" + "the assistant must never do x, " * 15_000,
    "one line": "# A {#a authority=root}\n\n" + "It should generally stop. " * 8000,
    "blanks": "# A {#a authority=root}\n\n" + " " * 200_000 + "x" + " " * 200_000 + "[^ab12]\n",
    "terms": "# A {#a authority=root}\n\n" + " ".join(f"aa_{'b' * (n % 97)}_c{'d' * (n % 89)}" for n in range(4000)),
    "links": "# A {#a authority=root}\n\n" + " ".join(f"[x](#t{n})" for n in range(3000)),
    "sentences alike": "# A {#a authority=root}\n\n"
    + "".join(f"It must never lie about {n}.\n\n" for n in range(3000)),
    "stars": "**Example**: x\n\n~~~xml\n" + "*<user>\nx\n</user>\n" * 3000 + "~~~\n",
}


def put(text: str) -> Report:
    document = parse(text)
    try:
        return lint(document, rules=RULES, spec=compile_document(document))
    except SpecErrors as error:
        return lint(document, rules=RULES, mistakes=error.errors)


def seconds(text: str) -> float:
    started = time.process_time()
    put(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_checked_in_seconds(name: str) -> None:
    started = time.process_time()
    report_to_dict(put(HOSTILE[name]))
    assert time.process_time() - started < 10


def test_time_grows_with_the_length_of_the_document() -> None:
    if not PATH.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    text = PATH.read_text(encoding="utf-8")
    seconds(text)
    once, four = seconds(text), seconds(text * 4)
    assert four < 4 * once * 2.5  # four times the text, with room for a busy machine; a square would be 16


def test_the_largest_release_is_checked_within_a_second_by_a_whole_process() -> None:
    if not PATH.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    code = "from soulwright.cli import main; main()"
    command = [sys.executable, "-c", code, "check", str(PATH)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # Other work on the machine makes processor time dearer too; the target of one second is for a machine at rest.
    assert used < 4


def test_the_memory_of_a_check_stays_small() -> None:
    if not Path("/proc/self/status").is_file():
        pytest.skip("the peak of memory is read from /proc, which this system has not")
    if not PATH.is_file():
        pytest.skip(f"the published documents are not here ({CORPUS}); set SOULWRIGHT_CORPUS to where they are")
    code = (
        "import re\nfrom pathlib import Path\nfrom soulwright.spec.lint import CheckRequest, check\n"
        f"check(CheckRequest(document=Path({str(PATH)!r})))\n"
        # The kernel's `ru_maxrss` also counts what the process was before it became this program.
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150 * 1024
