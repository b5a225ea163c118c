"""The markdown and the page show what is sure, what is doubtful and what is missing, and run nothing of a model's."""

from __future__ import annotations

import json
import re

from tests.recover.simulated import document, samples

from soulwright.recover import Sample, read_back, recovered_to_dict, render_markdown, render_page

TEXT = document(3)
RECOVERED = read_back([Sample(id=f"s{i}", text=text) for i, text in enumerate(samples(TEXT, 7))])


def details(page: str) -> dict[str, list[object]]:
    found = re.search(r'<script type="application/json" id="details">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    read: dict[str, list[object]] = json.loads(found.group(1))
    return read


def test_the_page_asks_nothing_of_the_network() -> None:
    page = render_page(RECOVERED, name="A document")
    assert "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)\s*=|url\(|@import", page)


def test_every_word_of_the_text_is_on_the_page_with_its_votes() -> None:
    items = details(render_page(RECOVERED, name="A document"))["items"]
    words = [item for item in items if isinstance(item, list) and isinstance(item[0], float | int)]
    assert len(words) == len(RECOVERED.words)


def test_what_a_model_writes_cannot_become_markup_or_script() -> None:
    evil = TEXT.replace("always", "</script><script>alert(1)</script>", 1)
    page = render_page(read_back([Sample(id="<b>", text=evil)] * 3), name="<i>")
    assert "<script>alert" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_the_difference_to_the_reference_stands_in_the_text() -> None:
    sentence = TEXT.split(". ")[10]
    page = render_page(RECOVERED, name="A document", reference=TEXT.replace(sentence, "Quite another sentence here"))
    assert re.search(r'<ins class="missing">[^<]*Quite another sentence', page)
    assert 'class="w wrong' in page


def test_what_is_missing_before_the_first_word_stands_apart_from_it_and_without_marks() -> None:
    page = render_page(RECOVERED, name="A document", reference=f"# A first heading\n\nAnd\n\n{TEXT}")
    assert '<ins class="missing">A first heading And</ins> <span' in page


def test_headings_and_paragraphs_come_back_as_such() -> None:
    page = render_page(RECOVERED, name="A document")
    assert page.count("<h3>") - page.count("<div><h3>") == 6


def test_a_disputed_place_is_marked_and_its_words_stay_out_of_the_text() -> None:
    words = TEXT.split(" ")
    one, two = words.copy(), words.copy()
    one[200], two[200] = "leftward", "rightward"
    recovered = read_back([Sample(id=str(i), text=" ".join(text)) for i, text in enumerate((one, two))])
    assert '"leftward"' in render_markdown(recovered)
    assert "leftward" not in recovered.text
    assert "leftward" in recovered.best_guess or "rightward" in recovered.best_guess


def test_nothing_recovered_is_said_on_the_page_and_in_markdown() -> None:
    nothing = read_back([])
    assert "Nothing was recovered" in render_page(nothing, name="A document")
    assert "Nothing was recovered" in render_markdown(nothing)


def test_the_json_gives_the_text_back() -> None:
    answer = json.loads(json.dumps(recovered_to_dict(RECOVERED)))
    written = "".join(word["before"] + word["text"] + word["after"] for word in answer["words"])
    assert written.strip() == answer["text"] == RECOVERED.text
