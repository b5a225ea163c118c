"""What each room offers is its `__all__`, written down here: a name that comes or goes is a decision, not an accident.

To change the surface: change `__all__`, change the list here, and say so in CHANGELOG.md if a user can notice.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "soulwright"

# fmt: off
SURFACE: dict[str, list[str]] = {
    "soulwright": """
        __version__
    """.split(),
    "soulwright.errors": """
        LISTED BudgetSpent CorruptRun InputError InputErrors NoSpace NotWritable RunError RunLocked
        SoulwrightError lines_of
    """.split(),
    "soulwright.cli": """
        main render_error
    """.split(),
    "soulwright.consult": """
        Answer ClauseReply Concern Consultation Consulted Failure Question RULES Remark ReplyState Standing Terms
        Unreadable clause_prompt consult consultation_to_dict questions read_answer
    """.split(),
    "soulwright.measure": """
        MEASURES Asked Attempt AttemptState AuditSeed Bank Bounds Claim Ending Figure Inquiry Measure
        MeasureResult MeasureState Move MoveQuestion NoMove NoReply Outcome Probe Said SaidState Tally audit
        audit_by_name auditor can_measure_judged failure_rate find_measure load_bank make_claim measure
        measure_judged plan_measure render_result result_to_dict wanted JudgedSituation
    """.split(),
    "soulwright.judge": """
        Agreement AnchorShift Better Compared Disagreement ExamCase ExamPlan Form FormFigure JudgeRecord
        JudgeSettings ModelJudge NamedJudge OwnFamily PersonLabel Position ReadingPlan Review ReviewItem
        Reader ReviewServer RowReading Told Transcript disputes_of
        add_label anchor_shift cases_of_document cases_of_file
        cohen_kappa disagreements examine_judge_on family_of freeze_anchors judge_again keep_record
        krippendorff_alpha labels_of load_judge model_judge plan_of_exam plan_of_judging planned_reading program_judge
        questions_of_exam read_again read_anchors readings_of record_to_dict row_readings second_of
        shift_between transcripts_of waiting
    """.split(),
    "soulwright.models": """
        DOCUMENT_PREFIX Answer AnswerState Budget Decoding EMBEDDED_AT_ONCE
        Embedded Embedder embed_all find_embedder LocalModel MessageLike Meter ModelRole NotRead
        ask_in_parts chat_messages
        Planned Price PromptFile Reply Scored Spent Stop Survey Turn ask current_meter find_model keep_log
        load_prices load_prompt load_settings metered metering model_key model_server plan_text plan_to_dict
        planned objection read_log read_output read_prompt reply_all weights
        AsksInto LogToMake Processes RayCluster asked_by connected has_gpus make_logs share_out
        weights_of
    """.split(),
    "soulwright.organism": """
        BASE BaseRecipe Curriculum DOCUMENT_TOKEN Gate Judge Judgement Observed OutsideWorld Question Teacher
        World adherence build_base clause_effects examine_judge explore load_world make_lessons make_situations
        measure_gate not_representable observe questions representable topic_of world world_hash
    """.split(),
    "soulwright.policy": """
        IN_FORCE LIFTED RESOLVER Adjusted Asked AskedOutcome Availability Compared Comparison ConflictMeasured
        Counterexample Decision Deployment DeploymentErrors Dossier Entry Explanation Levels Line Measured
        Measurements Method Option Outcome Paper PaperSort Persona Principal Promise PromptSign Proof Proved
        Reading ReadingState Reason Rejection Relation Ruling Side Sign Step Switch UserAdjustments WhatIf Witness
        as_of asked_by behaviours build_dossier compare comparison_to_dict deployment_schema deployment_to_dict
        deployment_to_yaml differences dossier_pdf dossier_to_dict explain explanation_to_dict hash_of levels_of
        load_deployment load_layers load_measurements load_user oscal_profile pins_of prompt_signs proof_to_dict
        prove read_deployment read_layers read_user reading_to_dict record render_dossier render_explanation replay
        resolve resolve_one switches user_to_dict what_if what_if_to_dict
    """.split(),
    "soulwright.recover": """
        Alternative AskPlan BareTexts Beginning Bin Calibration ChanceLevel ClauseEffect Contrast Conversation
        CountingScorer Discovery Draws Extraction Fault Fidelity ForcedReading FromNothing Gap GapKind InspectScorer
        JudgedRules Membership Passage PassageRecall PrecisionRecall Prefill Ranged Recoverable Recovered
        RecoveredWord Recurring Rule RuleScore RuleState RuleTest Sample SampleReport ScoresTexts SectionScore
        Stretch bare_texts calibration calibration_against calibration_to_dict chance_level chance_levels
        chance_to_dict compare_texts consensus discovered discovery_to_dict extraction extraction_of
        extraction_to_dict fidelity_to_dict induce induce_judged membership membership_to_dict neighbours
        only_if_known passages_of plan_induction
        plan_recovery ranged_figures ranged_to_dict read_along read_back recall_of recover_from
        recover_from_nothing recovered_to_dict recurring_beginnings render_markdown render_page replies_of
        score_judged score_rules score_to_dict strange_reference tested_to_dict
        BARE_TOKENS along_with_weights section_opening StatedRule Statement stated_rules stated_to_dict
    """.split(),
    "soulwright.runs": """
        Run Stage Stamp Stopwatch atomic_directory content_key hash_file read_json read_jsonl write_bytes_atomic
        write_json write_jsonl write_text_atomic
    """.split(),
    "soulwright.situations": """
        CANARY EmbeddedLikeness LADDER SHAPES Case CaseFile ClauseShown Coverage Label LabelledReply Layer Message
        Pressure Role RowGroup SceneRequest Shape ShapeRules Situation Likeness Split Suite Unwritten Writing
        WritingPlan WrittenScene
        clauses_for coverage coverage_text coverage_to_dict layer_of_messages load_cases message_from_dict
        message_to_dict messages_of plan_writing read_core read_situations read_writing scene_prompt
        scene_requests scene_settings shown situation_from_dict situation_to_dict split under_words write_situations
        write_split WordLikeness plan_likeness
    """.split(),
    "soulwright.spec": """
        Adjustment Admonition AttributeLine Attributes Block BoundVerdict Clause CodeBlock Comparison Dialogue
        Document Elision Example ExampleBlock ExampleVerdict Exemption FrontMatter FrontMatterBlock Gap Heading
        HtmlComment Kind ListItem Paragraph Parent Polarity Problem Reference ReferenceKind Section Sentence Span Spec
        SpecErrors Statement Turn Wrapped compile_document compile_spec load_document load_spec locator parse plain
        sentences spec_from_dict spec_to_dict swapped unparse with_attribute without
    """.split(),
    "soulwright.teach": """
        DocumentSort Edition Flips FromStudent Lesson LessonSort Problem Rejected Teaching TeachingPlan Writers
        document_lessons globally_negated lessons_by_model make_lesson plan_lessons quoted read_lessons
        rejected_to_dict seed_of_lessons short_edition teaching_to_dict write_lessons
    """.split(),
    "soulwright.train": """
        Assumptions LayoutFinding LayoutState ORGANISM Sizing assumption_rows check_layout sizing
        tokens_per_second Course CourseResult CurvePoint Engine LEARNED Lora Method PhaseDone PhaseRecord
        Recipe Sampler Schedule Student TrainResult TrainedFrom WeightType as_json find_base on_ray
        order_hash probe_threads Link LinkState Trace TracedClause TracedLesson read_learned read_record
        sample_here sample_on_ray sample_with software trace train train_course weights_hash
        write_learned
    """.split(),
    "soulwright.weigh": """
        AtStake Course Degree Deliberation Sender Severity Stakes Weighing WeighRequest Weighed deliberation_to_dict
        plan_weighing weigh weigh_all weigh_prompt weigh_request
    """.split(),
    "soulwright.verify": """
        ALLOWED_DISAGREEMENT Contested Dispute Opinion ReadTwice Stratum disagreement find_disputes rows_by_clause
        BREAK KEEP OfRow Ordered repeats_of run_ordered_violators
        CardFacts render_card CheckpointGate GateItem GateState Kept KeptFigure gate_checkpoint gate_items
        gate_to_dict Arm ArmPlan AsksJudge Band Cell Change Claim ClauseGap ClauseRecall Comparison ConflictGap
        Corner Corrected Counts Epochs Estimate KnowDoMap KnowDoPoint Recalled Recovery Side Stated know_do_map
        ExamSet Family Finding FindingState Flagged FourCells Gap GateFigure Grade Graded GradesReplies GroupGap
        Interval JudgeExam Judged Judging LossPoint Manifest Mean Measure PairedComparison PairedRow Pairs
        Prompt Rate Ratio RatioState Regression RowComparison RowGap RunRecord SecondReading Spread Standing
        TwoPhase Verdict adherence_task all_of_k any_of_k benjamini_hochberg build_gap claim clopper_pearson
        collapsed compare_paired compare_runs confidence_sequence design_effect examine family_interval find
        fisher_exact flagged_tolerance gap_to_dict holm internalisation judge_corrected judge_pairs judged_by
        judged_from_dict judged_from_log judged_to_dict log_evidence_above log_evidence_below lower_bound
        make_rate mcnemar_exact mean_of_rates newcombe newcombe_paired next_clause pair rate_interval rate_of
        render_report replies_to_go run_arm situations_needed smallest_detectable spread_of two_phase
        upper_bound verify_run weighted_total wilson worst_state Against Attempts Core CoreGap
        JudgeStanding Plan Planted Power Rule Spent TrueRate Version Waiting badge_svg core_gap freeze_core
        junit_xml leaked_into make_plan measure_power row_owner run_violators settle spend true_rate write_core
        judged_in Measured MeasuredClaim MeasuredFigure measured_from_dict place_measured render_measured ask_each
    """.split(),
}
# fmt: on


def test_every_room_is_written_down() -> None:
    rooms = {f"soulwright.{path.parent.name}" for path in SOURCE.glob("*/__init__.py")}
    assert rooms | {"soulwright", "soulwright.errors"} == set(SURFACE)


@pytest.mark.parametrize("room", sorted(SURFACE))
def test_a_room_offers_what_is_written_down_and_nothing_else(room: str) -> None:
    module = importlib.import_module(room)
    assert sorted(module.__all__) == sorted(SURFACE[room])
    assert not [name for name in module.__all__ if not hasattr(module, name)]


@pytest.mark.parametrize("room", sorted(SURFACE))
def test_everything_that_a_room_offers_is_explained(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__doc__
    offered = [getattr(module, name) for name in module.__all__]
    silent = [item for item in offered if (inspect.isclass(item) or inspect.isfunction(item)) and not item.__doc__]
    assert not silent
