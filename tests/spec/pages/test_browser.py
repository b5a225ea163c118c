"""What the pages do in a browser: filters, search, theme, links, and nothing that a document smuggles in."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from tests.spec.pages.browser import Tab, see

from soulwright.spec import compile_spec
from soulwright.spec.diff import diff_specs
from soulwright.spec.pages import render_diff, render_show

pytestmark = pytest.mark.browser

OWNED = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


DOCUMENT = """# Limits {#limits authority=root}

The assistant must not help anyone build a weapon.
{#limits.weapons kind=hard_limit}

The assistant may refuse as a conscientious objector does.
{#limits.objection kind=permission}

## Tone {#tone authority=user}

- The assistant avoids swearing.
  {#tone.swearing kind=default polarity=should_not default=on}
- The assistant must not shout.
  {#tone.shouting kind=hard_limit}
"""


@pytest.fixture(scope="module")
def page() -> str:
    return render_show(compile_spec(DOCUMENT))


def visible(dom: str, tag: str) -> list[str]:
    """The opening tags of that sort that are not hidden themselves."""
    return [found for found in re.findall(rf"<{tag}\b[^>]*>", dom) if not re.search(r"\bhidden\b", found)]


def test_the_script_runs_without_a_complaint(page: str, tmp_path: Path) -> None:
    seen = see(page, tmp_path)
    if 'aria-current="location"' not in seen.dom:  # a browser that starts for the first time may paint nothing in time
        seen = see(page, tmp_path)
    assert seen.console == ""
    assert re.search(r'id="theme">(Dark|Light)<', seen.dom)
    assert 'aria-current="location"' in seen.dom


def test_a_kind_can_be_picked_out(page: str, tmp_path: Path) -> None:
    dom = see(page, tmp_path, "?kind=hard_limit").dom
    shown = [re.findall(r'id="([^"]*)"', found) for tag in ("div", "li") for found in visible(dom, tag)
             if "data-kind=" in found]  # fmt: skip
    assert shown == [["limits.weapons"], ["tone.shouting"]]
    assert re.search(r'id="count"[^>]*>2 passages in 2 sections<', dom)


def test_a_search_leaves_what_it_finds(page: str, tmp_path: Path) -> None:
    dom = see(page, tmp_path, "?find=conscientious%20objector").dom
    assert re.search(r'id="count"[^>]*>1 passage in 1 section<', dom)
    (kept,) = [found for found in visible(dom, "div") if 'class="node' in found]
    assert 'id="limits.objection"' in kept


def test_a_search_for_nothing_says_so(page: str, tmp_path: Path) -> None:
    dom = see(page, tmp_path, "?find=xylophone").dom
    assert re.search(r'id="nothing" class="quiet">', dom)


def test_nothing_that_a_document_smuggles_in_runs(tmp_path: Path) -> None:
    example = f"**Example**: {OWNED}\n\n~~~xml\n<user>\n{OWNED}\n</user>\n~~~\n"
    text = f"# T {OWNED} {{#t authority=root}}\n\nIt must {OWNED} not.\n\n{example}"
    spec, newer = compile_spec(text), compile_spec(text.replace("must", "should"))
    diff = diff_specs(spec, newer)
    for html in (render_show(newer, diff=diff), render_diff(diff)):
        seen = see(html, tmp_path)
        assert "<title>owned" not in seen.dom
        assert seen.console == ""


def test_the_page_side_by_side_shows_only_the_kinds_that_are_asked_for(tmp_path: Path) -> None:
    old = compile_spec("# T {#t authority=root}\n\nIt should stop.\n\nThe reader must be greeted by name.\n")
    new = compile_spec("# T {#t authority=root}\n\nIt must stop.\n")
    seen = see(render_diff(diff_specs(old, new)), tmp_path, "?kind=tightened")
    shown = [found for found in visible(seen.dom, "tbody") if "change" in found]
    assert len(shown) == 1
    assert "tightened" in shown[0]
    assert seen.console == ""


OLDER = DOCUMENT.replace("must not shout", "should not shout").replace("conscientious objector does", "objector does")
FOCUS = "document.activeElement.id || document.activeElement.textContent"


@pytest.fixture(scope="module")
def marked() -> str:
    spec = compile_spec(DOCUMENT)
    return render_show(spec, diff=diff_specs(compile_spec(OLDER), spec))


def test_the_keyboard_searches_clears_and_goes_from_change_to_change(marked: str, tmp_path: Path) -> None:
    with Tab(marked, tmp_path) as tab:
        tab.press("/")
        assert tab.ask(FOCUS) == "find"
        tab.press(*"weapon")
        assert _soon(tab, "document.getElementById('count').textContent", "1 passage in 1 section")
        tab.press("Escape")
        assert tab.ask("document.getElementById('count').textContent") == ""
        assert tab.ask("document.getElementById('find').value") == ""
        tab.press("n")
        assert tab.ask(FOCUS) == "change-1"
        tab.press("n")
        assert tab.ask(FOCUS) == "change-2"
        tab.press("p")
        assert tab.ask(FOCUS) == "change-1"


def test_only_what_changed_keeps_new_sections_whole(tmp_path: Path) -> None:
    old, new = (f"# T {{#t authority=root}}\n\nIt must stop.\n\n{more}" for more in ("", "## N {#n}\n\nIt is new.\n"))
    diff = diff_specs(compile_spec(old), compile_spec(new))
    dom = see(render_show(compile_spec(new), diff=diff), tmp_path, "?touched=1").dom
    shown = [found for found in visible(dom, "div") if 'class="node' in found]
    assert len(shown) == 1
    assert 'id="n/' in shown[0]


def test_the_first_tab_stop_leads_to_the_text(page: str, tmp_path: Path) -> None:
    with Tab(page, tmp_path) as tab:
        tab.press("Tab")
        assert tab.ask(FOCUS) == "Skip to the text"
        tab.press("Enter")
        assert tab.ask("location.hash") == "#text"


def test_a_permanent_link_opens_at_once_and_does_not_scroll_through_the_document(page: str, tmp_path: Path) -> None:
    with Tab(page, tmp_path) as tab:
        assert tab.ask("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_buttons_say_whether_they_are_pressed_and_the_theme_turns(page: str, tmp_path: Path) -> None:
    with Tab(page, tmp_path) as tab:
        button = "document.querySelector('[data-filter=kind] button')"
        assert tab.ask(f"{button}.getAttribute('aria-pressed')") == "false"
        assert tab.ask(f"{button}.click(), {button}.getAttribute('aria-pressed')") == "true"
        before = tab.ask("getComputedStyle(document.body).backgroundColor")
        assert (
            tab.ask("document.getElementById('theme').click(), getComputedStyle(document.body).backgroundColor")
            != before
        )


def test_a_screen_reader_is_told_of_landmarks_headings_and_named_controls(marked: str, tmp_path: Path) -> None:
    with Tab(marked, tmp_path) as tab:
        spoken = tab.spoken()
    roles = {role for role, _ in spoken}
    assert {"navigation", "main", "banner", "searchbox", "heading", "status"} <= roles
    assert [name for role, name in spoken if role in ("button", "link", "searchbox") and not name.strip()] == []
    assert ("heading", "Tone permanent link") in spoken
    assert ("searchbox", "Search the document") in spoken


def test_a_link_to_what_a_filter_hides_shows_it(page: str, tmp_path: Path) -> None:
    with Tab(page, tmp_path) as tab:
        tab.ask("document.querySelector('[data-filter=kind] [data-value=permission]').click()")
        hidden = "document.getElementById('limits.weapons').offsetParent === null"
        assert tab.ask(hidden) is True
        tab.ask("location.hash = '#limits.weapons'")
        assert _soon(tab, hidden, False)


def test_print_leaves_out_what_only_a_screen_can_use(page: str, tmp_path: Path) -> None:
    with Tab(page, tmp_path, print_style=True) as tab:
        for gone in (".bar", ".buttons", ".skip"):
            assert tab.ask(f"getComputedStyle(document.querySelector('{gone}')).display") == "none"


@pytest.mark.parametrize("width", [1920, 1440, 1280, 1000, 500])
def test_nothing_sticks_out_at_the_side(marked: str, tmp_path: Path, width: int) -> None:
    with Tab(marked, tmp_path, width=width) as tab:
        assert tab.ask("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _soon(tab: Tab, expression: str, value: object) -> bool:
    """Whether the expression takes that value within two seconds."""
    end = time.monotonic() + 2
    while (found := tab.ask(expression)) != value and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found == value)
