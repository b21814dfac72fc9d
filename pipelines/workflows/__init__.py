"""Functions for complete jobs: train and evaluate vectors, taggers, classifiers and language models on files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wordvec._utils.lazy import lazy_names

if TYPE_CHECKING:
    from .applications.answers import (
        AnswererReport as AnswererReport,
        AnswerScores as AnswerScores,
        Passage as Passage,
        answer_questions as answer_questions,
        answer_squad as answer_squad,
        evaluate_answerer as evaluate_answerer,
        open_answerer as open_answerer,
        read_passages as read_passages,
        score_answers as score_answers,
        train_answerer as train_answerer,
    )
    from .applications.dialogues import (
        Chat as Chat,
        ChatReport as ChatReport,
        ChatScores as ChatScores,
        evaluate_chat as evaluate_chat,
        train_chat as train_chat,
    )
    from .applications.summaries import (
        FileSummary as FileSummary,
        summarize_files as summarize_files,
    )
    from .applications.summarizers import (
        SummarizedText as SummarizedText,
        SummarizerReport as SummarizerReport,
        evaluate_summarizer as evaluate_summarizer,
        load_summarizer as load_summarizer,
        read_whole_text as read_whole_text,
        summarize_texts as summarize_texts,
        train_summarizer as train_summarizer,
    )
    from .applications.translation import (
        TranslatedText as TranslatedText,
        TranslationScores as TranslationScores,
        TranslatorReport as TranslatorReport,
        evaluate_translator as evaluate_translator,
        load_translator as load_translator,
        train_translator as train_translator,
        translate_texts as translate_texts,
    )
    from .classified_texts import (
        ClassifiedText as ClassifiedText,
        classify_texts as classify_texts,
    )
    from .classifiers import (
        ClassifierReport as ClassifierReport,
        evaluate_classifier as evaluate_classifier,
        train_classifier as train_classifier,
    )
    from .demo import (
        DemoReport as DemoReport,
        run_demo as run_demo,
    )
    from .file_checks import (
        CheckedFile as CheckedFile,
        FileChecks as FileChecks,
        check_files as check_files,
    )
    from .filling import (
        FilledText as FilledText,
        fill_texts as fill_texts,
    )
    from .fine_tuning import (
        FinetuningReport as FinetuningReport,
        finetune_model as finetune_model,
    )
    from .finetuned_evaluation import (
        evaluate_finetuned_classifier as evaluate_finetuned_classifier,
        evaluate_finetuned_tagger as evaluate_finetuned_tagger,
    )
    from .generation import TextGenerator as TextGenerator
    from .lm_evaluation import (
        LanguageModelScores as LanguageModelScores,
        evaluate_language_model as evaluate_language_model,
    )
    from .pretraining import (
        PretrainingReport as PretrainingReport,
        pretrain_model as pretrain_model,
    )
    from .pretraining_plan import PretrainingPlan as PretrainingPlan
    from .prompting.demonstrations import (
        Demonstrated as Demonstrated,
        classify_in_context as classify_in_context,
        demonstrate as demonstrate,
        fit_in_context as fit_in_context,
        fit_selector as fit_selector,
        new_selector as new_selector,
    )
    from .prompting.generators import open_generator as open_generator
    from .prompting.solving import (
        AskedQuestion as AskedQuestion,
        SolvedQuestion as SolvedQuestion,
        SolvingReport as SolvingReport,
        make_solver as make_solver,
        read_questions as read_questions,
        solve_questions as solve_questions,
    )
    from .segmentation import (
        SegmentedText as SegmentedText,
        segment_file as segment_file,
        segment_texts as segment_texts,
    )
    from .spaces.alignment import (
        AlignmentReport as AlignmentReport,
        align_vectors as align_vectors,
    )
    from .spaces.drift import compare_drift as compare_drift
    from .tagged_sentences import (
        TaggedSentence as TaggedSentence,
        tag_file as tag_file,
    )
    from .tagger_evaluation import (
        TaggingScores as TaggingScores,
        evaluate_tagger as evaluate_tagger,
    )
    from .taggers import (
        TaggerReport as TaggerReport,
        train_tagger as train_tagger,
    )
    from .vectors import (
        Answers as Answers,
        VectorsReport as VectorsReport,
        answer_analogies as answer_analogies,
        find_neighbors as find_neighbors,
        open_vectors as open_vectors,
        train_vectors as train_vectors,
    )

__getattr__, __dir__, __all__ = lazy_names(sys.modules[__name__])
