"""Import of manifests: every good row becomes a record, once; every bad one is told by line."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from app import records
from app.core.errors import Forbidden, Invalid
from app.core.ids import RecordId
from app.interop import ImportOptions, Progress
from app.vault import open_attachment
from tests.import_world import ARRANGEMENT, GREEN, Bundle, attachment_store, run_import
from tests.world import World

NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# Notes\n", "of a run"]},
            {
                "cell_type": "code",
                "metadata": {},
                "execution_count": 1,
                "source": ["print('kappa')"],
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["kappa\n"]}],
            },
        ],
    }
)
TEXTS = {
    "a.md": ("text/markdown", "# One\n\nFirst words.\n\n## Two\n\nwombat\n"),
    "b.txt": ("text/plain", "A plain text.\n\nwombat\n"),
    "c.rst": ("text/x-rst", "One\n===\n\nwombat\n"),
    "d.html": ("text/html", "<h1>One</h1><p>wombat<script>alert(1)</script></p>"),
    "e.yaml": ("application/yaml", "one:\n  two: wombat\n"),
    "f.json": ("application/json", '{"one": {"two": "wombat"}}'),
    "g.ipynb": ("application/x-ipynb+json", NOTEBOOK.replace("of a run", "wombat")),
}
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 6000


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path / "bundle")


def record_ids(world: World) -> list[RecordId]:
    with world.owner() as session:
        rows = session.execute(text("SELECT record_id FROM versions ORDER BY id"))
        return [RecordId(row.record_id) for row in rows]


def read(world: World, record_id: RecordId) -> records.RecordView:
    with world.work() as work:
        return records.read(work, world.gate, world.actor(work, "ida"), record_id)


def types(world: World) -> list[str]:
    return [type_ for type_, _, _ in world.events()]


def blobs(world: World) -> list[bool]:
    """Whether each blob in the store was kept for good."""
    return [blob.promoted for blob in attachment_store(world).blobs.list()]


def test_every_text_format_becomes_portions(world: World, bundle: Bundle) -> None:
    for path, (media_type, content) in TEXTS.items():
        bundle.add(path, content, media_type=media_type)

    report = run_import(world, bundle.write())

    assert (report.imported, report.unchanged, report.bad) == (len(TEXTS), 0, ())
    assert report.bytes == sum(len(content) for _, content in TEXTS.values())
    for record_id in record_ids(world):
        view = read(world, record_id)
        assert any("wombat" in portion.body for portion in view.portions), view.title
        assert not any("alert" in portion.html for portion in view.portions)
        assert view.banner is not None
        assert (view.banner.text, view.banner.release_to) == ("TLP:GREEN", "community")
    assert types(world).count("batch.imported") == 1


def test_a_record_keeps_what_its_row_says(world: World, bundle: Bundle) -> None:
    bundle.add(
        "tool.md",
        "# Probe\n\nOne line.\n\n## Use\n\nRun it.\n",
        title="Probe",
        kind="tool_writeup",
        area="tools_benchmarks",
        source_repo="someone/probe",
        commit="4e49aa9000ab",
        licence="MIT",
        marking="OFFICIAL (CLOSED) \\ SENSITIVE NORMAL; TLP:AMBER",
        release_to="party:EU; org:dtc",
        originator="dtc",
        fields='{"maturity": "pilot"}',
    )

    run_import(world, bundle.write())

    (record_id,) = record_ids(world)
    view = read(world, record_id)
    fields = {field.name: field.value for part in view.portions for field in part.fields}
    assert fields == {
        "licence": "MIT",
        "repository": "https://github.com/someone/probe",
        "maturity": "In pilot use",
    }
    assert [(part.heading, part.body) for part in view.portions if part.role == "summary"] == [
        ("", "One line.")
    ]
    sections = {part.heading: part.body for part in view.portions if part.role == "section"}
    assert list(sections) == ["Use", "Source"]
    assert "4e49aa9000ab" in sections["Source"]
    assert view.banner is not None
    assert view.banner.text == "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL // TLP:AMBER"
    assert (view.banner.release_to, view.originator) == ("party:EU; org:dtc", "dtc")


def test_a_person_is_released_to_by_their_address(world: World, bundle: Bundle) -> None:
    bundle.add("a.md", release_to="person:emil@eu-ai-office.example; org:dtc")

    run_import(world, bundle.write())

    (record_id,) = record_ids(world)
    banner = read(world, record_id).banner
    assert banner is not None
    assert banner.release_to == f"org:dtc; person:{world.people['emil']}"


def test_binaries_are_sealed_and_open_again(world: World, bundle: Bundle) -> None:
    bundle.put("pictures/chart.png", b"\x89PNG chart")
    bundle.add("paper.pdf", PDF, media_type="application/pdf", attachments="pictures/chart.png")

    assert run_import(world, bundle.write(), store=attachment_store(world, 2**21)).bad == ()

    (record_id,) = record_ids(world)
    view = read(world, record_id)
    assert [(a.name, a.media_type, a.size_bytes) for a in view.attachments] == [
        ("paper.pdf", "application/pdf", len(PDF)),
        ("chart.png", "image/png", 10),
    ]
    assert blobs(world) == [True, True]
    store = attachment_store(world)
    with world.work() as work:
        actor = world.actor(work, "ida")
        facts = records.open_attachment(
            work, world.gate, actor, view.attachments[0].id, arrangement=ARRANGEMENT
        )
    with open_attachment(
        facts.permit,
        facts.envelope,
        facts.binding,
        facts.seal_label,
        keys=store.keys,
        blobs=store.blobs,
    ) as opened:
        assert b"".join(opened.chunks()) == PDF


def test_bad_rows_are_told_by_line_and_good_ones_imported(world: World, bundle: Bundle) -> None:
    outside = bundle.folder.parent / "outside.md"
    bundle.folder.mkdir()
    outside.write_text("A secret.")
    (bundle.folder / "link.md").symlink_to(outside)
    usual = {"bytes": "9", "sha256": "0" * 64}
    bundle.add("short.md")
    bad = {
        bundle.list("gone.md", **usual): "There is no file",
        bundle.list("../outside.md", **usual): "leads out of",
        bundle.list(str(outside), **usual): "leads out of",
        bundle.list("link.md", **usual): "leads out of",
        bundle.list("", **usual): "There is no file",
        bundle.list("a\x01" + "b" * 300, **usual): "cannot be read",
        bundle.list("short.md", **usual): "11 bytes, the manifest says 9",
        bundle.list("short.md", bytes="11", sha256="0" * 64): "SHA-256 is",
        bundle.list("short.md", bytes="many", sha256="0" * 64): "how many bytes",
        bundle.add("kind.md", kind="poem"): "Write one of: best_practice",
        bundle.add("area.md", area="sports"): "Write one of: information_exchange",
        bundle.add("language.md", language="qq"): "is not a language",
        bundle.add("marking.md", marking="TLP:MAUVE"): "TLP:MAUVE",
        bundle.add("ceiling.md", marking="TOP SECRET"): "TOP SECRET",
        bundle.add("release.md", release_to="everybody"): "names nobody",
        bundle.add("person.md", release_to="person:nobody@imda.example"): "nobody with the e-mail",
        bundle.add("originator.md", originator="nasa"): "no organisation",
        bundle.add("type.md", media_type=""): "media_type",
        bundle.add("latin.md", "caf\xe9".encode("latin-1")): "UTF-8",
        bundle.add("fields.md", fields="maturity=pilot"): "JSON object",
        bundle.add("field.md", fields='{"colour": "red"}'): "no such field",
        bundle.add("broken.json", "{", media_type="application/json"): "",
        bundle.add("large.pdf", b"x" * 2000, media_type="application/pdf"): "up to 1 kB",
        bundle.add("with.md", attachments="large.pdf"): "up to 1 kB",
        bundle.add("lost.md", attachments="lost.png"): "There is no file",
        bundle.add("spy.md", attachments="link.md"): "leads out of",
    }  # fmt: skip
    bundle.add("good.md")
    manifest = bundle.write()
    with manifest.open("a", encoding="utf-8") as file:
        file.write("too,few,cells\n")
    bad[len(bundle.rows) + 2] = "3 cells"

    report = run_import(world, manifest, store=attachment_store(world, 1000))

    assert [row.line for row in report.bad] == sorted(bad)
    for row in report.bad:
        assert bad[row.line] in row.reason, row
        assert row.reason.endswith("."), row
    assert report.imported == 2  # short.md, and good.md after all the bad ones
    assert len(record_ids(world)) == 2
    assert blobs(world) == []


def test_an_import_that_is_run_again_doubles_nothing(world: World, bundle: Bundle) -> None:
    bundle.add("a.md")
    bundle.add("b.md", attachments="a.md")
    bundle.add("c.md", kind="poem")
    first = run_import(world, bundle.write())
    journal = world.events()

    second = run_import(world, bundle.write())

    assert (first.imported, second.imported, second.unchanged) == (2, 0, 2)
    assert second.batch_id == first.batch_id
    assert [row.line for row in second.bad] == [4]
    assert len(record_ids(world)) == 2
    assert world.events() == journal

    bundle.rows[2]["kind"] = "research"
    third = run_import(world, bundle.write())
    assert (third.imported, third.unchanged, third.bad) == (1, 2, ())
    assert third.batch_id != first.batch_id

    bundle.rows.clear()
    bundle.add("a.md", "Other words.")
    assert run_import(world, bundle.write()).imported == 1, "another content is another record"


def test_another_organisation_imports_its_own(world: World, bundle: Bundle) -> None:
    bundle.add("a.md")
    ours = run_import(world, bundle.write())
    theirs = run_import(world, bundle.write(), name="ella")

    assert (ours.imported, theirs.imported) == (1, 1)
    assert ours.batch_id != theirs.batch_id


def test_an_import_goes_on_where_it_broke_off(world: World, bundle: Bundle) -> None:
    for number in range(6):
        bundle.add(f"{number}.md", f"Text {number}.", attachments="0.md")

    def fall(progress: Progress) -> None:
        if progress.done_count == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(world, bundle.write(), watch=fall)
    assert len(record_ids(world)) == 3

    report = run_import(world, bundle.write())

    assert (report.imported, report.unchanged, report.bad) == (3, 3, ())
    assert len(record_ids(world)) == 6
    with world.owner() as session:
        batches = session.execute(text("SELECT DISTINCT batch_id FROM versions")).scalars().all()
    assert batches == [report.batch_id]


def test_a_watch_is_told_after_every_row(world: World, bundle: Bundle) -> None:
    bundle.add("a.md", "12345")
    bundle.list("b.md", bytes="5", sha256="0" * 64)
    told: list[Progress] = []

    run_import(world, bundle.write(), watch=told.append)

    assert [(one.imported_count, one.bad_count, one.done_bytes) for one in told] == [
        (1, 0, 5),
        (1, 1, 10),
    ]
    assert {(one.rows_count, one.total_bytes) for one in told} == {(2, 10)}


def test_what_is_submitted_waits_on_the_desk(world: World, bundle: Bundle) -> None:
    bundle.add("a.md")
    options = ImportOptions(marking="TLP:GREEN", release_to="community", submit=True)

    run_import(world, bundle.write(), options)

    with world.owner() as session:
        assert session.scalar(text("SELECT state FROM versions")) == "submitted"


def test_a_manifest_must_be_one(world: World, bundle: Bundle) -> None:
    with pytest.raises(Invalid, match="There is no manifest"):
        run_import(world, bundle.folder / "manifest.csv")
    bundle.add("a.md")

    with pytest.raises(Invalid, match="Say how its records are marked"):
        bundle.columns = tuple(name for name in bundle.columns if name != "marking")
        run_import(world, bundle.write(), ImportOptions(release_to="community"))
    with pytest.raises(Invalid, match="Say whom to release to"):
        bundle.columns = tuple(name for name in bundle.columns if name != "release_to")
        run_import(world, bundle.write(), ImportOptions(marking="TLP:GREEN"))
    with pytest.raises(Invalid, match="lacks columns: sha256"):
        bundle.columns = tuple(name for name in bundle.columns if name != "sha256")
        run_import(world, bundle.write())
    with pytest.raises(Invalid, match=r"mean nothing here.*: markings"):
        bundle.columns = (*Bundle.columns, "markings")
        run_import(world, bundle.write())
    (bundle.folder / "manifest.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="not a CSV file in UTF-8"):
        run_import(world, bundle.folder / "manifest.csv")
    assert record_ids(world) == []


def test_a_row_without_a_marking_is_bad_where_there_is_no_default(
    world: World, bundle: Bundle
) -> None:
    bundle.add("a.md", marking="TLP:GREEN")
    bundle.add("b.md")

    report = run_import(world, bundle.write(), ImportOptions())

    assert report.imported == 1
    assert "no marking" in report.bad[0].reason


def test_who_writes_no_records_imports_none(world: World, bundle: Bundle) -> None:
    bundle.add("a.md")
    with pytest.raises(Forbidden):
        run_import(world, bundle.write(), GREEN, name="ines")
    assert record_ids(world) == []
    assert types(world) == ["draft.refused"]
