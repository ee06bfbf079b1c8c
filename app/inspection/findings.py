"""The kinds of findings, in plain language: what each is, what to do, and how grave it is.

One table for the pages, the API, the log and docs/inspection.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How grave a finding is."""

    BLOCKING = "blocking"  # no release without a written override
    WARNING = "warning"  # look at it before the release
    NOTE = "note"  # good to know


@dataclass(frozen=True)
class FindingKind:
    """A kind of finding; `cleaned` tells that a cleaned copy no longer has it."""

    title: str
    explain: str
    severity: Severity
    cleaned: bool = False

    @property
    def blocking(self) -> bool:
        """Tell whether a release needs a written override."""
        return self.severity is Severity.BLOCKING


B, W, N = Severity.BLOCKING, Severity.WARNING, Severity.NOTE

_CHECKS = {
    "malware": FindingKind(
        "Malware",
        "The malware scanner knows this file as harmful. Do not open it; tell your security"
        " officer.",
        B,
    ),
    "malware-check-failed": FindingKind(
        "Not checked for malware: the scanner failed",
        "The malware scanner did not answer, or refused the file. Have it inspected again.",
        B,
    ),
    "not-checked-for-malware": FindingKind(
        "Not checked for malware",
        "This portal has no malware scanner. Check the file with your own before you open it.",
        N,
    ),
    "not-inspectable": FindingKind(
        "Could not be looked into",
        "The file is damaged, too large or of a kind that the portal cannot read. Whatever it hides"
        " was not found: look through it yourself, or send it in another format.",
        B,
    ),
    "encrypted": FindingKind(
        "Protected by a password",
        "Nobody can look into it without the password. Send it without: the portal encrypts it.",
        B,
    ),
}

_DISGUISES = {
    "type-mismatch": FindingKind(
        "Not the kind of file it says it is",
        "The name's ending and the content disagree. Rename the file after what it is.",
        W,
    ),
    "executable": FindingKind(
        "A program",
        "It runs on the computer of whoever opens it. Send it only where a program is what was"
        " asked for.",
        B,
    ),
    "disguised-text": FindingKind(
        "Invisible characters that change how text reads",
        "Characters without width, or that turn the direction of writing, make text or a name look"
        " like something else. Remove them.",
        W,
    ),
    "unsafe-name": FindingKind(
        "A name that leads out of its folder",
        "Unpacking it may overwrite other files. Pack the archive again.",
        B,
    ),
    "link": FindingKind(
        "A link in place of a file",
        "It leads elsewhere when unpacked. Pack the file that it leads to.",
        B,
    ),
    "archive-bomb": FindingKind(
        "An archive that is larger than it looks",
        "It unpacks to far more than an honest archive holds, and was not unpacked to the end.",
        B,
    ),
    "xml-bomb": FindingKind(
        "XML that grows when read",
        "It defines entities in entities, which can fill a computer's memory. It was not read.",
        B,
    ),
    "external-entity": FindingKind(
        "XML that fetches other files",
        "Reading it may fetch files from the reader's computer or network. It was not read.",
        B,
    ),
}

_ACTIVE = {
    "macros": FindingKind(
        "Macros",
        "Programs inside the document that may run when it is opened. Save it without macros, or"
        " take the cleaned copy.",
        B,
        cleaned=True,
    ),
    "active-content": FindingKind(
        "Content that acts by itself",
        "Scripts or actions that run when the file is opened. Take the cleaned copy.",
        B,
        cleaned=True,
    ),
    "external-link": FindingKind(
        "Content that is fetched from elsewhere",
        "Opening the file tells another computer that it was opened, and by whom.",
        W,
        cleaned=True,
    ),
    "embedded-file": FindingKind(
        "Another file inside",
        "A file travels inside this one. Look at whether it was meant to.",
        W,
        cleaned=True,
    ),
    "formula": FindingKind(
        "Cells that a spreadsheet would run",
        "A cell begins like a formula. Whoever opens the file in a spreadsheet runs it.",
        W,
    ),
}

_REDACTIONS = {
    "covered-text": FindingKind(
        "Text under a black box",
        "It is covered but still there: anybody can select and copy it. Remove the text itself.",
        B,
        cleaned=True,
    ),
    "repeated-redaction": FindingKind(
        "What was redacted is repeated elsewhere",
        "A bookmark, a comment or a property repeats words that were covered on a page.",
        B,
        cleaned=True,
    ),
    "marking-mismatch": FindingKind(
        "The file says more than its label",
        "A marking in the file is higher than the label that it was given here. Correct the one"
        " that is wrong.",
        B,
    ),
    "marking-mentioned": FindingKind(
        "The file speaks of a higher marking",
        "The text tells of markings, and does not seem to bear this one itself. Look at whether"
        " it does.",
        N,
    ),
}

_HIDDEN = {
    "hidden-text": FindingKind(
        "Text that cannot be seen",
        "Hidden, too small, outside of the page or in the colour of the paper, but still there.",
        W,
        cleaned=True,
    ),
    "comments": FindingKind(
        "Comments",
        "Remarks that were perhaps meant for colleagues only.",
        W,
        cleaned=True,
    ),
    "tracked-changes": FindingKind(
        "Tracked changes",
        "What was deleted or replaced can still be read. Accept or reject the changes.",
        W,
        cleaned=True,
    ),
    "speaker-notes": FindingKind(
        "Speaker notes",
        "Notes below the slides travel with them.",
        W,
        cleaned=True,
    ),
    "hidden-sheet": FindingKind(
        "A hidden sheet", "It can be shown again by anybody.", W, cleaned=True
    ),
    "hidden-slide": FindingKind(
        "A hidden slide", "It can be shown again by anybody.", W, cleaned=True
    ),
    "hidden-rows": FindingKind(
        "Hidden rows or columns", "They can be shown again by anybody.", W, cleaned=True
    ),
    "hidden-data": FindingKind(
        "Data that no page shows",
        "Copies of source data, variables, connections or parts that nothing leads to travel with"
        " the file.",
        W,
        cleaned=True,
    ),
    "cropped-picture": FindingKind(
        "A picture with parts cut away",
        "What was cut away is only hidden, and can be brought back. Cut the picture itself.",
        W,
    ),
    "form": FindingKind(
        "A form",
        "What is typed into it is sent elsewhere.",
        W,
        cleaned=True,
    ),
    "differing-parts": FindingKind(
        "The same message in two forms that differ",
        "One mail program shows words that another does not. Read both.",
        W,
    ),
    "results": FindingKind(
        "Results of a program",
        "A notebook keeps what its code last gave, data and messages included. Look through them.",
        N,
    ),
    "computer-path": FindingKind(
        "Folders of somebody's computer",
        "A path tells a user's name, or how a network is built.",
        N,
    ),
    "message-route": FindingKind(
        "The way a message took",
        "Addresses, computers and programs stand in its headers.",
        N,
    ),
    "earlier-revisions": FindingKind(
        "Earlier versions inside the file",
        "What was changed or removed can be brought back. Take the cleaned copy.",
        W,
        cleaned=True,
    ),
    "trailing-data": FindingKind(
        "Data after the end of the file",
        "Programs that show the file pass over it; somebody put it there.",
        W,
        cleaned=True,
    ),
    "thumbnail": FindingKind(
        "A small picture of the file inside it",
        "It may show what was later cut away or covered.",
        W,
        cleaned=True,
    ),
    "location": FindingKind(
        "Where a picture was taken",
        "The file holds geographic coordinates.",
        W,
        cleaned=True,
    ),
    "author-metadata": FindingKind(
        "Who made the file, and with what",
        "Names, organisations, programs or times stand in the file's properties.",
        N,
        cleaned=True,
    ),
}

_PDF = {
    "covered-picture": FindingKind(
        "A picture under a black box",
        "The box can be taken off, and the whole picture seen. Cut the part out of the picture.",
        B,
        cleaned=True,
    ),
    "unapplied-redaction": FindingKind(
        "Marked for redaction, not redacted",
        "The text was marked but is still there. Apply the redactions in your program, or take the"
        " cleaned copy, in which they are black.",
        B,
        cleaned=True,
    ),
    "invisible-text": FindingKind(
        "Text in the colour of the page",
        "Nobody sees it, but anybody can select and copy it. Remove the text itself.",
        B,
        cleaned=True,
    ),
    "recognised-text": FindingKind(
        "Recognised text behind a scan",
        "The words of a scanned page lie behind its picture so that it can be searched. Check that"
        " they hold nothing that was blackened.",
        N,
    ),
    "hidden-layer": FindingKind(
        "A layer that is switched off",
        "It can be switched on again by anybody.",
        W,
        cleaned=True,
    ),
    "private-data": FindingKind(
        "What the program that made the file keeps for itself",
        "It may hold an earlier or a fuller version of the page.",
        W,
        cleaned=True,
    ),
    "further-pictures": FindingKind(
        "More pictures than one",
        "Programs often show only the first. Look at all of them.",
        W,
    ),
    "leftovers": FindingKind(
        "Remains of deleted content",
        "No page shows it, but it is still in the file.",
        W,
        cleaned=True,
    ),
}

KINDS: Mapping[str, FindingKind] = _CHECKS | _DISGUISES | _ACTIVE | _REDACTIONS | _HIDDEN | _PDF
