"""PDFs that each hide something in one place, made for tests: `HIDING` names them all."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw

SHOWN = "Findings of the third evaluation"
SECRET = "Hargreaves"
LINE = f"BT /F 14 Tf 72 500 Td ({SECRET}) Tj ET"
OVER_LINE = "70 495 90 18 re f"
WIDE = 300


@dataclass(frozen=True)
class Crafted:
    """A file that hides something, and what an inspection has to say of it."""

    kinds: frozenset[str]
    make: Callable[[], bytes]
    excerpt: str = ""
    page: int | None = None
    cleaned: bool = True
    same: bool = True
    """The cleaned copy shows the same; not so where a redaction was still to be applied."""


HIDING: dict[str, Crafted] = {}


def hides(
    *kinds: str, excerpt: str = "", page: int | None = None, cleaned: bool = True, same: bool = True
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    def keep(make: Callable[[], bytes]) -> Callable[[], bytes]:
        name = make.__name__.replace("_", " ")
        HIDING[name] = Crafted(frozenset(kinds), make, excerpt, page, cleaned, same)
        return make

    return keep


@dataclass
class Draft:
    """A PDF of one page with a line of text that is seen, to which something is added."""

    content: str = ""
    fonts: Mapping[str, str] = field(default_factory=lambda: {"F": "Helvetica"})

    def __post_init__(self) -> None:
        self.pdf = pikepdf.new()
        self.page = self.add_page(self.content)

    def add_page(self, content: str) -> Any:
        page = self.pdf.add_blank_page(page_size=(595, 842))
        shown = f"BT /F 16 Tf 72 700 Td ({SHOWN}) Tj ET\n"
        page.obj.Contents = self.pdf.make_stream((shown + content).encode())
        page.obj.Resources = Dictionary(
            Font=Dictionary(
                {
                    f"/{key}": Dictionary(
                        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{font}")
                    )
                    for key, font in self.fonts.items()
                }
            ),
            XObject=Dictionary(),
            Properties=Dictionary(),
            ExtGState=Dictionary(),
        )
        return page.obj

    def picture(self, picture: Image.Image, *, exif: bytes = b"") -> Any:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=90, exif=exif)
        stream = self.pdf.make_stream(out.getvalue())
        stream.stream_dict = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        return stream

    def form(self, content: str, **more: Any) -> Any:
        return Stream(
            self.pdf,
            content.encode(),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 595, 842]),
            Resources=Dictionary(Font=self.page.Resources.Font),
            **more,
        )

    def annotate(
        self, subtype: str, rect: tuple[int, ...] = (70, 495, 160, 513), **more: Any
    ) -> Any:
        annotation = self.pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name(subtype), Rect=Array(rect), **more)
        )
        if "/Annots" not in self.page:
            self.page.Annots = Array()
        self.page.Annots.append(annotation)
        return annotation

    def appearance(self, content: str) -> Any:
        """Return an appearance of the size of the line that is hidden."""
        stream = Stream(self.pdf, content.encode(), Type=Name.XObject, Subtype=Name.Form)
        stream.BBox = Array([0, 0, 90, 18])
        return Dictionary(N=stream)

    def attach(self, name: str, content: bytes) -> None:
        self.pdf.attachments[name] = pikepdf.AttachedFileSpec(self.pdf, content)

    def bytes(self, **how: Any) -> bytes:
        out = io.BytesIO()
        self.pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, **how)
        return out.getvalue()


def scan(*, black: bool = False) -> Image.Image:
    """Return a picture of a written page; with a black box where the hidden line stands."""
    picture = Image.new("RGB", (595, 842), "white")
    brush = ImageDraw.Draw(picture)
    for row in range(150, 800, 18):
        for column in range(72, 500, 23):
            brush.rectangle((column, row, column + 14, row + 8), fill=(20, 20, 20))
    if black:
        brush.rectangle((60, 320, 180, 355), fill="black")
    return picture


def appended(data: bytes, objects: Mapping[int, bytes]) -> bytes:
    """Return the file with objects replaced in an incremental update, as programs save changes."""
    start = [int(each) for each in re.findall(rb"startxref\s+(\d+)", data)][-1]
    trailer = data[data.rfind(b"trailer") :]
    root = re.search(rb"/Root (\d+ \d+ R)", trailer)
    size = re.search(rb"/Size (\d+)", trailer)
    assert root
    assert size
    out, table = bytearray(data), b"xref\n"
    for number, content in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    at = len(out)
    most = max(int(size[1]), *(number + 1 for number in objects))
    out += table + b"trailer\n<< /Size %d /Root %s /Prev %d >>\n" % (most, root[1], start)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % at


def plain() -> bytes:
    return Draft("BT /F 12 Tf 72 600 Td (Nothing is hidden here.) Tj ET").bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def text_under_a_black_box() -> bytes:
    return Draft(f"{LINE}\n0 g {OVER_LINE}").bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def a_word_of_a_line_under_a_black_box() -> bytes:
    line = f"BT /F 14 Tf 72 500 Td (The name is {SECRET}, so they say.) Tj ET"
    return Draft(f"{line}\n0 g 146 495 77 18 re f").bytes()


@hides("covered-text", excerpt=SECRET, page=2)
def text_under_a_white_box_on_the_second_page() -> bytes:
    draft = Draft()
    draft.add_page(f"{LINE}\n1 g {OVER_LINE}")
    return draft.bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def text_under_a_thick_line() -> bytes:
    return Draft(f"{LINE}\n0 G 18 w 70 504 m 160 504 l S").bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def text_on_lines_of_its_own_under_a_box() -> bytes:
    lines = f"(Ends) Tj ({SECRET}) ' 0 0 (Wilhelmina) \" T* (begins again) Tj"
    small = "q 20 0 0 20 300 300 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x40 EI Q"
    text = f"BT /F 14 Tf 20 TL 72 600 Td {lines} ET"
    return Draft(f"{small}\n{text}\n0 g 70 555 90 38 re f").bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def text_under_a_picture() -> bytes:
    draft = Draft(f"{LINE}\nq 90 0 0 18 70 495 cm /Im Do Q")
    draft.page.Resources.XObject.Im = draft.picture(Image.new("RGB", (90, 18), "navy"))
    return draft.bytes()


@hides("covered-text", excerpt=SECRET, page=1)
def text_in_a_form_under_a_box_on_a_turned_page() -> bytes:
    draft = Draft(f"/Fm Do\n0 g {OVER_LINE}")
    draft.page.Resources.XObject.Fm = draft.form(LINE)
    draft.page.Rotate = 90
    return draft.bytes()


@hides("covered-text", "comments", excerpt=SECRET, page=1)
def text_under_a_square_comment() -> bytes:
    draft = Draft(LINE)
    draft.annotate("/Square", AP=draft.appearance("0 g 0 0 90 18 re f"), F=4)
    return draft.bytes()


@hides("covered-text", "comments", excerpt=SECRET, page=1)
def text_under_a_square_that_programs_draw() -> bytes:
    draft = Draft(LINE)
    draft.annotate("/Square", IC=Array([0, 0, 0]), C=Array([0, 0, 0]), F=4)
    return draft.bytes()


@hides("covered-text", "comments", excerpt=SECRET, page=1)
def text_under_an_opaque_highlight() -> bytes:
    draft = Draft(LINE)
    draft.annotate("/Highlight", AP=draft.appearance("0 0 0 rg 0 0 90 18 re f"), F=4)
    return draft.bytes()


@hides("unapplied-redaction", excerpt=SECRET, page=1, same=False)
def a_mark_for_redaction_not_applied() -> bytes:
    draft = Draft(LINE)
    draft.annotate("/Redact", QuadPoints=Array([70, 513, 160, 513, 70, 495, 160, 495]), F=4)
    return draft.bytes()


@hides("covered-picture", page=1)
def a_picture_under_a_black_box() -> bytes:
    draft = Draft("q 400 0 0 300 72 200 cm /Im Do Q\n0 g 100 300 200 60 re f")
    draft.page.Resources.XObject.Im = draft.picture(scan())
    return draft.bytes()


@hides("invisible-text", excerpt=SECRET, page=1)
def white_text_on_white() -> bytes:
    return Draft(f"1 g {LINE}").bytes()


@hides("invisible-text", excerpt="Bo", page=1)
def a_short_name_in_white() -> bytes:
    return Draft("1 g BT /F 14 Tf 72 500 Td (Bo) Tj ET").bytes()


@hides("invisible-text", excerpt=SECRET, page=1)
def text_in_the_colour_of_its_box() -> bytes:
    return Draft(f"0.2 0.3 0.6 rg {OVER_LINE}\n{LINE}").bytes()


@hides("invisible-text", excerpt=SECRET, page=1)
def transparent_text() -> bytes:
    draft = Draft(f"/Gs gs {LINE}")
    draft.page.Resources.ExtGState.Gs = Dictionary(ca=0)
    return draft.bytes()


@hides("invisible-text", excerpt=SECRET, page=1)
def text_of_no_size() -> bytes:
    return Draft(f"BT /F 0.4 Tf 72 500 Td ({SECRET}) Tj ET").bytes()


@hides("invisible-text", excerpt=SECRET, page=1)
def text_that_is_not_painted() -> bytes:
    return Draft(f"BT 3 Tr /F 14 Tf 72 500 Td ({SECRET}) Tj ET").bytes()


@hides("hidden-text", excerpt=SECRET, page=1)
def text_outside_of_the_page() -> bytes:
    draft = Draft(LINE)
    draft.page.CropBox = Array([0, 550, 595, 842])
    return draft.bytes()


@hides("hidden-text", excerpt=SECRET, page=1)
def text_that_is_clipped_away() -> bytes:
    return Draft(f"q 300 100 50 50 re W n {LINE} Q").bytes()


@hides("recognised-text", excerpt=SECRET, page=1, cleaned=False)
def recognised_text_behind_a_scan() -> bytes:
    return _scanned(black=False)


@hides("covered-text", excerpt=SECRET, page=1)
def recognised_text_under_a_box_in_the_scan() -> bytes:
    return _scanned(black=True)


def _scanned(*, black: bool) -> bytes:
    text = f"BT 3 Tr /F 14 Tf 72 500 Td ({SECRET}) Tj ET"
    draft = Draft(f"q 595 0 0 842 0 0 cm /Im Do Q\n{text}")
    draft.page.Contents = draft.pdf.make_stream(draft.content.encode())
    draft.page.Resources.XObject.Im = draft.picture(scan(black=black))
    return draft.bytes()


@hides("hidden-layer", excerpt="Internal", page=None)
def a_layer_that_is_off() -> bytes:
    draft = Draft(f"/OC /Mc0 BDC {LINE} EMC")
    draft.page.Resources.Properties.Mc0 = _layer_off(draft)
    return draft.bytes()


@hides("hidden-layer", excerpt="Internal")
def a_form_in_a_layer_that_is_off() -> bytes:
    draft = Draft("/Fm Do")
    draft.page.Resources.XObject.Fm = draft.form(LINE, OC=_layer_off(draft))
    return draft.bytes()


def _layer_off(draft: Draft) -> Any:
    layer = draft.pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Internal")))
    shown = Dictionary(OFF=Array([layer]), Order=Array([layer]))
    draft.pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=shown)
    return layer


@hides("covered-text", "repeated-redaction", excerpt=SECRET)
def a_bookmark_that_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    with draft.pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(f"Interview with {SECRET}", 0))
    return draft.bytes()


@hides("covered-text", "repeated-redaction", "comments", excerpt=SECRET)
def a_comment_that_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    draft.annotate(
        "/Text",
        (300, 300, 320, 320),
        AP=draft.appearance(""),
        Contents=String(f"Is {SECRET} told?"),
    )
    return draft.bytes()


@hides("covered-text", "repeated-redaction", "embedded-file", excerpt=SECRET)
def an_attachment_whose_name_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    draft.attach(f"{SECRET}.txt", b"Nothing else.")
    return draft.bytes()


@hides("covered-text", "repeated-redaction", excerpt=SECRET)
def a_field_that_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    _field(draft, String(SECRET), flags=4)
    return draft.bytes()


@hides("covered-text", "repeated-redaction", excerpt=SECRET)
def a_description_that_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    part = Dictionary(Type=Name.StructElem, S=Name.P, ActualText=String(SECRET))
    draft.pdf.Root.StructTreeRoot = draft.pdf.make_indirect(
        Dictionary(Type=Name.StructTreeRoot, K=draft.pdf.make_indirect(part))
    )
    return draft.bytes()


@hides("covered-text", "repeated-redaction", excerpt=SECRET)
def a_title_that_repeats_what_was_covered() -> bytes:
    draft = _redacted()
    draft.pdf.docinfo["/Title"] = String(f"Interview with {SECRET}")
    return draft.bytes()


def _redacted() -> Draft:
    return Draft(f"{LINE}\n0 g {OVER_LINE}")


def _field(draft: Draft, value: Any, *, flags: int) -> None:
    field = draft.annotate("/Widget", (300, 300, 400, 320), T=String("name"), F=flags)
    field.FT, field.V, field.DA = Name.Tx, value, String("/F 12 Tf 0 g")
    field.AP = draft.appearance("0.9 g 0 0 90 18 re f")
    form = Dictionary(Fields=Array([field]), DR=Dictionary(Font=draft.page.Resources.Font))
    draft.pdf.Root.AcroForm = form


@hides("comments", excerpt="Do not publish", page=1)
def a_sticky_note() -> bytes:
    draft = Draft()
    draft.annotate(
        "/Text",
        (300, 300, 320, 320),
        AP=draft.appearance(""),
        T=String("Ana"),
        Contents=String("Do not publish"),
    )
    return draft.bytes()


@hides("hidden-text", excerpt=SECRET, page=1)
def a_hidden_field() -> bytes:
    draft = Draft()
    _field(draft, String(SECRET), flags=2)
    return draft.bytes()


@hides("earlier-revisions", excerpt=SECRET)
def an_earlier_revision() -> bytes:
    before = Draft(LINE).bytes()
    with pikepdf.open(io.BytesIO(before)) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    content = f"BT /F 16 Tf 72 700 Td ({SHOWN}) Tj ET".encode()
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    return appended(before, {number: stream})


@hides("earlier-revisions", excerpt="changed or removed")
def a_picture_that_was_replaced() -> bytes:
    draft = Draft("q 300 0 0 300 72 200 cm /Im Do Q")
    draft.page.Resources.XObject.Im = draft.picture(scan())
    before = draft.bytes()
    with pikepdf.open(io.BytesIO(before)) as pdf:
        number = pdf.pages[0].obj.Resources.XObject.Im.objgen[0]
    grey = b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray"
    content = b"<< %s /BitsPerComponent 8 /Length 1 >>\nstream\n@\nendstream" % grey
    return appended(before, {number: content})


@hides("embedded-file", "covered-text", excerpt=SECRET)
def a_file_inside_that_hides_text() -> bytes:
    draft = Draft()
    draft.attach("annex.pdf", text_under_a_black_box())
    return draft.bytes()


@hides("active-content", excerpt="app.alert")
def a_script_that_runs_when_opened() -> bytes:
    draft = Draft()
    draft.pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    return draft.bytes()


@hides("active-content", excerpt="cmd.exe", page=1)
def a_link_that_starts_a_program() -> bytes:
    draft = Draft()
    draft.annotate("/Link", A=Dictionary(S=Name.Launch, F=String("cmd.exe")))
    return draft.bytes()


@hides("active-content", page=1)
def a_link_that_sends_the_form() -> bytes:
    draft = Draft()
    draft.annotate("/Link", A=Dictionary(S=Name.SubmitForm, F=String("https://example.org/")))
    return draft.bytes()


@hides("active-content")
def a_form_in_xml() -> bytes:
    draft = Draft()
    draft.pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=draft.pdf.make_stream(b"<xdp/>"))
    return draft.bytes()


@hides("encrypted", cleaned=False)
def a_file_with_a_password() -> bytes:
    return Draft().bytes(encryption=pikepdf.Encryption(user="sesame", owner="sesame"))


@hides("covered-text", excerpt=SECRET, page=1)
def text_under_a_box_in_a_file_with_restrictions() -> bytes:
    return _redacted().bytes(encryption=pikepdf.Encryption(user="", owner="sesame"))


@hides("leftovers", excerpt=SECRET)
def an_object_that_nothing_uses() -> bytes:
    content = LINE.encode()
    stream = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    data = Draft().bytes()
    size = int(re.findall(rb"/Size (\d+)", data)[-1])
    return appended(data, {size: stream})


@hides("trailing-data", excerpt=SECRET)
def data_after_the_end() -> bytes:
    return Draft().bytes() + b"PS: it was " + SECRET.encode()


@hides("trailing-data", excerpt=SECRET)
def data_before_the_beginning() -> bytes:
    return b"PS: it was " + SECRET.encode() + b"\n" + Draft().bytes()


@hides("thumbnail", page=1)
def a_small_picture_of_the_page() -> bytes:
    draft = Draft()
    draft.page.Thumb = draft.picture(scan().resize((60, 84)))
    return draft.bytes()


@hides("private-data", page=1)
def what_a_drawing_program_keeps() -> bytes:
    draft = Draft()
    kept = Dictionary(LastModified=String("D:2026"), Private=Dictionary(Layers=String(SECRET)))
    draft.page.PieceInfo = Dictionary(Illustrator=kept)
    return draft.bytes()


@hides("author-metadata", excerpt="Ana Q. Author")
def an_author() -> bytes:
    draft = Draft()
    draft.pdf.docinfo["/Author"] = String("Ana Q. Author")
    return draft.bytes()


@hides("author-metadata", excerpt="Ana Q. Author")
def an_author_in_xmp() -> bytes:
    draft = Draft()
    with draft.pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:creator"] = ["Ana Q. Author"]
    return draft.bytes()


@hides("location", excerpt="48.20")
def where_a_picture_was_taken() -> bytes:
    draft = Draft("q 300 0 0 300 72 200 cm /Im Do Q")
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)})
    draft.page.Resources.XObject.Im = draft.picture(scan(), exif=exif.tobytes())
    return draft.bytes()
