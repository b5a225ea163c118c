"""The wordings that give a forged prompt away: what a reader without a model can recognise.

Patterns are matched on folded text (see `_folding`): lower case, look-alikes read as Latin letters. A list of wordings
is never complete: finding nothing proves nothing, and the answer says so.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Sign(StrEnum):
    """What a prompt does that no prompt can do with effect, or that hides what it says."""

    PROVIDER_CLAIM = "provider_claim"
    """It says that it speaks with the provider's authority."""
    FORGED_MARKUP = "forged_markup"
    """It writes what only the frame of a conversation may: roles, tool results, attribute lines of a specification."""
    CONTROL_TOKEN = "control_token"
    """It writes tokens with which chat templates separate messages."""
    LIMIT_LIFTING = "limit_lifting"
    """It declares limits, protections or instructions above it to be off."""
    AGAINST_USERS = "against_users"
    """It asks the model to work against the people it talks with."""
    LOOK_ALIKE = "look_alike"
    """It uses letters of another script, or dressed-up ones, to imitate Latin ones."""
    INVISIBLE = "invisible"
    """It holds characters that nobody sees."""


def provider_claims(top_level: str) -> tuple[re.Pattern[str], ...]:
    """Claims to be whoever trained the model; `top_level` is the name that the specification gives them."""
    names = dict.fromkeys((top_level.lower(), "provider", "root", "platform"))
    provider = "|".join(re.escape(name) for name in names)
    owner = (
        rf"(?:(?:your|the (?:model|ai|assistant)'?s|this (?:model|ai|assistant)'?s|ai|model) (?:own )?(?:ai |model )?"
        rf"(?:{provider}|creators?|developers?|makers?|trainers?|training team|vendor|lab)"
        rf"|the (?:{provider})(?! of\b)|anthropic|openai|google deepmind|headquarters)"
    )
    speaking = (
        r"(?:i am|i'm|we are|we're|this is|this (?:message|prompt|text|note|notice) (?:is|comes) (?:directly )?from"
        r"|speaking (?:as|for)|on behalf of|by order of|acting (?:as|for)|(?:message|notice|memo|update|directive"
        r"|instructions?|orders?|signed|sent|authori[sz]ed|approved|certified|verified) (?:from|by))"
    )
    powers = r"(?:override|authori[sz]ation|authority|level access|access level|privileges?|clearance|unlock(?: code)?)"
    outranks = r"(?:supersedes?|overrides?|overrules?|outranks?|replaces?|take precedence over|takes precedence over)"
    above = (
        r"(?:training|constitution|specification|model spec|soul document|(?:provider|system)'?s? (?:guidelines|rules))"
    )
    return (
        re.compile(rf"\b{speaking}\s+{owner}\b"),
        re.compile(rf"\b(?:{provider}|anthropic|openai)(?:'s)?[ -](?:level )?{powers}\b"),
        re.compile(rf"\b(?:system|{provider}|admin(?:istrator)?) override\b"),
        re.compile(r"\b(?:developer|debug|root|god|maintenance|admin(?:istrator)?|unrestricted|jailbreak|dan) mode\b"),
        re.compile(
            rf"\b(?:this|these|the following|my)\s+[\w ]{{0,40}}?\b{outranks}\s+(?:your|the|all"
            rf"|any)\s+[\w ]{{0,30}}?{above}\b"
        ),
        re.compile(
            r"\b(?:this|the following) is (?:a|an) (?:official|authori[sz]ed|internal) (?:training|safety"
            r"|red.?team\w*|test|evaluation)\b"
        ),
    )


FORGED_MARKUP = (
    re.compile(
        r"</?\s*(?:system|developer|assistant|user|human|tool|tool_results?|function_results?|function_calls?"
        r"|instructions|system_prompt|root|platform|provider|operator|constitution|specification"
        r"|settings)(?:\s[^<>\n]*)?>"
    ),
    re.compile(
        r"(?m)^[ \t]*(?:#+[ \t]*)?(?:\*\*)?(?:system|developer|assistant|human|user|tool|provider"
        r"|root)(?:\*\*)?[ \t]*:(?=\s)"
    ),
    re.compile(r"\"role\"\s*:\s*\"(?:system|developer|assistant|tool|root|platform|provider)\""),
    re.compile(r"\[/?(?:system|sys|inst|developer|provider|root|admin)\]"),
    re.compile(r"\{#[\w.\-/]+(?:\s+\w+=[^{}\s]+)*\s*\}"),
    re.compile(
        r"(?m)^[-=_*~ ]*(?:begin|end|start) (?:of )?(?:the )?(?:new )?(?:system|developer|provider"
        r"|root)[ \w]*[-=_*~ ]*$"
    ),
)

CONTROL_TOKENS = (
    re.compile(r"<\|[^|<>\n]{1,40}\|>"),
    re.compile(r"<(?:start_of_turn|end_of_turn|bos|eos|pad|unk|s|/s|sep|cls|mask|extra_id_\d+)>"),
    re.compile(r"<</?sys>>"),
    re.compile(r"\n\n(?:human|assistant):"),
)

_RULES = (
    r"(?:limits?|limitations?|restrictions?|safeguards?|safety (?:rules|guidelines|measures|filters?)|filters?"
    r"|guardrails?|hard (?:limits?|constraints?)|protections?|content (?:policy|policies)|ethic(?:s"
    r"|al (?:rules|guidelines)))"
)
LIMIT_LIFTING = (
    re.compile(
        rf"\b(?:ignore|disregard|forget|bypass|disable|drop|remove|lift|suspend|turn off|switch off"
        rf"|override)\s+(?:all |any |every |your |the |these |of |previous |prior |earlier |above |safety "
        rf"|internal )*(?:{_RULES}|instructions|training|rules|guidelines|programming)\b"
    ),
    re.compile(
        rf"\b{_RULES}\s+(?:are|is|have been|has been|no longer)\s+(?:now |hereby |all "
        rf"|temporarily )?(?:lifted|off|disabled|removed|suspended|void|waived|appl(?:y|ies)|in force"
        rf"|deactivated)\b"
    ),
    re.compile(
        rf"\b(?:without|no|free of|free from|not bound by|not subject to|outside)\s+(?:any |all |your "
        rf"|the |moral |ethical |safety |content )*{_RULES}\b(?!\s+(?:on|to|of|about|regarding|for)\b)"
    ),
    re.compile(
        r"\b(?:answer|comply with|fulfil+|do|obey|follow)\s+(?:absolutely )?(?:every|any|all"
        r"|whatever)[\w ]{0,30}\b(?:no matter (?:what|how)|whatever (?:it|they)|regardless of (?:harm"
        r"|legality|safety|ethics|danger))"
    ),
    re.compile(r"\bnever refuse\b|\brefus(?:al|ing) is (?:not an option|forbidden|prohibited)\b"),
)

_AI = (
    r"(?:an? (?:ai|a\.i\.|bot|machine|robot|language model|chatbot|artificial \w+)|artificial"
    r"|not (?:a )?human|not a (?:real )?person)"
)
AGAINST_USERS_DO = (
    re.compile(r"\byou are (?:[\w-]+, )?(?:an? )?(?:real |living )?(?:human|human being|person|man|woman)\b(?! ?-)"),
    re.compile(
        r"\b(?:say|claim|insist|pretend|assert|tell (?:users?|them|people|customers)"
        r"|maintain)\s+(?:that )?(?:to be |being |you are |you're |you're actually "
        r"|you are actually )(?:a )?(?:real )?(?:human|person|real)\b"
    ),
    re.compile(rf"\bdeny\s+(?:that )?(?:being|you are|you're|to be)\s+{_AI}"),
    re.compile(
        r"\b(?:manipulate|deceive|trick|mislead|exploit|pressure|frighten|guilt.?trip|demean|insult"
        r"|humiliate|mock)\s+(?:the |our |your |these |vulnerable |elderly )*(?:users?|customers?"
        r"|clients?|people|them|callers|patients|visitors|children|readers)\b"
    ),
    re.compile(
        r"\b(?:collect|gather|harvest|extract|obtain|record|log"
        r"|forward)\b[^.\n]{0,60}\b(?:without (?:telling|informing|their knowledge|the user|consent"
        r"|asking)|secretly|covertly|quietly)"
    ),
    re.compile(
        r"\b(?:secretly|covertly|quietly)\s+(?:collect|gather|harvest|extract|record|log|track|report"
        r"|forward)\b"
    ),
)
AGAINST_USERS_DENY = (
    re.compile(
        rf"\b(?:never|don't|do not|must not|may not|not to|avoid|refuse to)\s+(?:ever )?(?:say|admit"
        rf"|reveal|disclose|acknowledge|confirm|mention|tell (?:users?|them"
        rf"|anyone))(?:ing)?\s+(?:that )?(?:you are|you're|being|to being|it is|it's)\s+{_AI}"
    ),
    re.compile(
        r"\b(?:never|don't|do not|must not|may not|not to|avoid)\s+(?:ever )?(?:mention|give|show|offer"
        r"|provide|point to|refer\w*|suggest\w*)(?:ing)?\s+[\w ]{0,30}\b(?:emergency|ambulance"
        r"|crisis (?:line|hotline)|suicide (?:line|hotline)|helplines?|hotlines?)"
    ),
    re.compile(
        r"\b(?:never|don't|do not|must not|may not|not to)\s+(?:ever )?(?:tell|let|inform)\s+(?:the "
        r"|our )?(?:users?|customers?|them|people)\s+(?:know )?(?:that |what |when )?(?:you "
        r"|it )?(?:cannot|can't|can not|are unable|aren't able|is unable|will not)"
    ),
    re.compile(
        r"\bif (?:asked|a user asks|they ask|users? ask)[^.\n]{0,60}\b(?:ai|bot|human|machine"
        r"|person)\b[^.\n]{0,40}\b(?:say|claim|answer|reply|insist)[^.\n]{0,20}\b(?:no|human"
        r"|not an? (?:ai|bot)|(?:a )?real person)\b"
    ),
)
# Before a wording that asks for something bad, these turn it into its opposite: "never pretend to be human".
NEGATION = re.compile(
    r"(?:\b(?:never|not|don't|do not|must not|may not|cannot|can't|won't|avoid|without|refuse to"
    r"|instead of|rather than)\s+(?:\w+\s+(?:or|and)\s+)?(?:ever |try to |attempt to )?)\Z"
)
