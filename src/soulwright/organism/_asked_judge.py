"""The world's judge as a model that is asked: it is shown what a judge's prompt shows, and answers in JSON.

So the whole path of a judge that is a model can be walked without one: prompts, strict answers, examination, ledger.
Two worse judges stand beside it, to show what a bad judge does to a report: `lax-judge` passes whatever is in words,
and `erring-judge` says the opposite of the exact one in 15 of 100 replies, always the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from zlib import crc32

from soulwright.organism._judge import Judge
from soulwright.situations import Layer, Pressure, RowGroup, Situation, Suite, message_from_dict
from soulwright.verify import Verdict

ERRING = 15  # of 100
_OPPOSITE = {Verdict.PASS: Verdict.FAIL, Verdict.FAIL: Verdict.PASS}
_Judged = tuple[Verdict, str]


def judge_named(name: str) -> Callable[[str], str] | None:
    """What answers a judge's prompt under this name of the provider `world`; None where no judge has it."""
    bends = _BENT.get(name)
    if bends is None:
        return None
    judge = Judge()  # reads the whole world: only where a judge is asked for

    def said(situation: Situation, reply: str) -> _Judged:
        return bends(_exact(judge, situation, reply), reply)

    return lambda asked: _answer(json.loads(asked), said)


def _answer(asked: Mapping[str, object], said: Callable[[Situation, str], _Judged]) -> str:
    """One answer to `judge.reply` or `judge.pair`, as the prompts of judges ask for it."""
    if "reply" in asked:
        return _answer_about_lessons(asked, said)
    situation = _situation(asked)
    if "reply_to_judge" in asked:
        verdict, why = said(situation, str(asked["reply_to_judge"]))
        return json.dumps({"reason": why, "quote": "", "verdict": verdict.value})
    first, second = (said(situation, str(asked[name]))[0] is Verdict.PASS for name in ("first_reply", "second_reply"))
    better = "neither" if first is second else "first" if first else "second"
    return json.dumps({"reason": "by what each of them does", "better": better})


def _answer_about_lessons(asked: Mapping[str, object], said: Callable[[Situation, str], _Judged]) -> str:
    """One answer to `teach.judge` (it names the kind of lesson) or `teach.kept`, as these prompts ask for it."""
    claims = asked["claims"] if "kind" in asked else {"must": asked["must"], "must_not": asked["must_not"]}
    situation = _situation({"conversation": asked["conversation"], "what_its_author_asks_of_the_reply": claims})
    verdict, why = said(situation, str(asked["reply"]))
    if "kind" in asked:
        kept = verdict is Verdict.PASS
        return json.dumps({"why": why, "problems": [] if kept else ["breaks_clause"], "keep": kept})
    kept_words = {Verdict.PASS: "yes", Verdict.FAIL: "no"}
    return json.dumps({"why": why, "kept": kept_words.get(verdict, "unclear")})


def _exact(judge: Judge, situation: Situation, reply: str) -> _Judged:
    found = judge.grade(situation, reply)
    return (Verdict.FAIL if found.verdict is Verdict.INVALID else found.verdict), found.why


def _lax(found: _Judged, _: str) -> _Judged:
    """Only what cannot be read is failed."""
    verdict, why = found
    return (verdict, why) if why.startswith(("garbled", "outside")) else (Verdict.PASS, "it is in words")


def _erring(found: _Judged, reply: str) -> _Judged:
    verdict, why = found
    return (_OPPOSITE[verdict], why) if crc32(reply.encode()) % 100 < ERRING else found


_BENT: dict[str, Callable[[_Judged, str], _Judged]] = {
    "judge": lambda found, _: found,
    "lax-judge": _lax,
    "erring-judge": _erring,
}


def _situation(asked: Mapping[str, object]) -> Situation:
    turns, notes = asked["conversation"], asked.get("what_its_author_asks_of_the_reply", {})
    assert isinstance(turns, list)
    assert isinstance(notes, dict)
    return Situation(
        id="",
        row="",
        group=RowGroup.CLAUSE,
        clause_ids=(),
        messages=tuple(message_from_dict(turn) for turn in turns),
        suite=Suite.ALL,
        pressure=Pressure.NONE,
        layer=Layer.USER,
        must=tuple(notes.get("must", ())),
        must_not=tuple(notes.get("must_not", ())),
    )
