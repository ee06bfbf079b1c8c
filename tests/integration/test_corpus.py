"""Real input, whole: imported, released by a second person, and found in its own language.

The corpus lies beside the repository, or where `ENTENTE_CORPUS` says. Where there is none, the
records of the demonstration take its place.
"""

import csv
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app import records, release
from app.access import Actor
from app.core.work import Origin, Work
from app.interop import ImportOptions, is_binary
from app.interop.manifest import NEEDED, OPTIONAL
from app.records import Search
from tests.identity_world import keys
from tests.import_world import attachment_store, run_import
from tests.world import World

ROOT = Path(__file__).parents[2]
DEMONSTRATION = ROOT / "app" / "demo" / "records"
OWN_MARKINGS = {"marking", "originator", "release_to"}
OPTIONS = ImportOptions(marking="TLP:GREEN", release_to="community", submit=True)

# A search in each language, where it can be another form of the word, and the title that it finds.
IN_CORPUS = {
    "en": ("decision trees", "AI Verify Decision Tree"),
    "fr": ("concevoir un service éthique", "9. Concevoir des services éthiques"),
    "de": ("Lieferketten", "LLM05: Schwachstellen in der Lieferkette"),
    "it": ("affidamento", "LLM09: Eccessivo Affidamento"),
    "es": ("envenenamientos", "LLM04: Envenenamiento de datos y modelo"),
    "pt": ("líder", "Carta dos Líderes do Projeto"),
    "el": ("εφοδιαστικής αλυσίδας", "LLM03:2025 Εφοδιαστική Αλυσίδα (Supply Chain)"),
    "ru": ("утечки информации", "LLM02:2025 Утечка конфиденциальной информации"),
    "hi": ("कमजोरियाँ", "LLM05: सप्लाई चेन की कमजोरियाँ"),
    "zh": ("系统提示泄露", "LLM07:2025 系统提示泄露"),
    "ja": ("機密情報", "LLM02:2025 機密情報の開示"),
    "ko": ("과도한 위임", "LLM06: 2025 과도한 위임"),
}
IN_DEMONSTRATION = {
    "en": ("benchmarks", "Grader agreement: a benchmark for models that judge other models"),
    "fr": ("agent autonome", "Agents autonomes : les signaux à suivre"),
    "de": ("harmlos", "Unnötige Verweigerung: ein Prüfsatz für harmlose Fragen"),
    "el": ("συνθετικό", "Προέλευση περιεχομένου και συνθετικά μέσα: τι παρακολουθούμε"),
    "zh": ("机器翻译", "多语言安全测试：提示语翻译的做法"),
    "ja": ("婉曲", "日本語で安全性を評価するときの注意点"),
}


@dataclass(frozen=True)
class Corpus:
    """A manifest, and what is looked for in it: by language, a search and the title it finds."""

    manifest: Path
    searches: Mapping[str, tuple[str, str]]

    def rows(self) -> list[dict[str, str]]:
        """Give its rows."""
        with self.manifest.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def corpus(folder: Path) -> Corpus:
    """The corpus, or the demonstration's records in one manifest without their own markings."""
    place = Path(os.environ.get("ENTENTE_CORPUS", ROOT.parent / "shared" / "corpus"))
    if (place / "manifest.csv").is_file():
        return Corpus(place / "manifest.csv", IN_CORPUS)
    shutil.copytree(DEMONSTRATION, folder)
    rows = [
        row | {"path": f"{part.parent.name}/{row['path']}", "attachments": ""}
        for part in sorted(folder.glob("*/manifest.csv"))
        for row in Corpus(part, {}).rows()
    ]
    columns = [name for name in NEEDED + OPTIONAL if name not in OWN_MARKINGS]
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return Corpus(folder / "manifest.csv", IN_DEMONSTRATION)


def test_all_of_it_is_imported_released_and_found(world: World, tmp_path: Path) -> None:
    given = corpus(tmp_path / "corpus")
    rows = given.rows()
    store = attachment_store(world, limit_bytes=2**30)

    report = run_import(world, given.manifest, OPTIONS, store=store)

    assert report.bad == ()
    assert (report.imported, report.unchanged) == (len(rows), 0)
    assert report.bytes == sum(int(row["bytes"]) for row in rows)
    attached_count = sum(
        is_binary(row["media_type"]) + len(row["attachments"].split(";")) * bool(row["attachments"])
        for row in rows
    )
    assert [blob.promoted for blob in store.blobs.list()] == [True] * attached_count

    def second_person(work: Work) -> Actor:
        return world.actor(work, "iris")

    released = release.release_batch(
        world.units,
        world.gate,
        second_person,
        report.batch_id,
        lambda *_: None,
        keys=keys(),
        origin=Origin(door="test"),
    )

    assert released.refused == ()
    assert (len(released.done), released.skipped_count) == (len(rows), 0)
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM attachments")) == attached_count
    check_found(world, given, len(rows))


def check_found(world: World, given: Corpus, count: int) -> None:
    """Somebody of another organisation sees all of it, and finds each title in its language."""
    with world.work() as work:
        actor = world.actor(work, "uma")

        def find(**search: str) -> records.Found:
            return records.find(work, world.gate, actor, Search.model_validate(search))

        everything = find()
        assert everything.total == count
        languages = {one.value: one.count for one in everything.facets["language"]}
        assert sum(languages.values()) == count
        for language, (query, title) in given.searches.items():
            found = find(q=query, language=language, order="relevance")
            assert title in {line.title for line in found.page.items}, (language, query)
            assert found.total <= languages[language]
