"""The few blocks that pages are made of, by noun."""

from cms.blocks.cards import CardBlock, CardsBlock
from cms.blocks.guides import GuideBlock, PathStepBlock
from cms.blocks.pictures import PictureBlock
from cms.blocks.prose import PLAIN, NoteBlock, ProseBlock
from cms.blocks.protocols import (
    SOURCE_HELP,
    WARNING_CHOICES,
    WEIGHT_CHOICES,
    BandBlock,
    BandsBlock,
    CheckItemBlock,
    ChecklistBlock,
    FindingBlock,
    FindingsBlock,
    LegalBasesBlock,
    LegalBasisBlock,
    MannerBlock,
    PreparationBlock,
    ReasonsBlock,
    RequiredRoleBlock,
    RolesBlock,
    StepBlock,
    StepsBlock,
    WeightBlock,
    WeightsBlock,
)
from cms.blocks.terms import TermBlock, TermsBlock

__all__ = [
    "PLAIN",
    "SOURCE_HELP",
    "WARNING_CHOICES",
    "WEIGHT_CHOICES",
    "BandBlock",
    "BandsBlock",
    "CardBlock",
    "CardsBlock",
    "CheckItemBlock",
    "ChecklistBlock",
    "FindingBlock",
    "FindingsBlock",
    "GuideBlock",
    "LegalBasesBlock",
    "LegalBasisBlock",
    "MannerBlock",
    "NoteBlock",
    "PathStepBlock",
    "PictureBlock",
    "PreparationBlock",
    "ProseBlock",
    "ReasonsBlock",
    "RequiredRoleBlock",
    "RolesBlock",
    "StepBlock",
    "StepsBlock",
    "TermBlock",
    "TermsBlock",
    "WeightBlock",
    "WeightsBlock",
]
