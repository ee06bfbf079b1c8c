"""Text from Word's clipboard and documents, as Markdown, with what stays behind told."""

import pytest

from app.core.errors import Invalid, TooLarge
from app.interop import from_clipboard, from_file
from app.interop.pasting import LARGEST_CHARACTERS
from tests.crafted_office import SHOWN, W, paragraph, word

# As Word 16 writes it: conditional comments, its own namespaces, lists as styled paragraphs.
WORD = """<html xmlns:v="urn:schemas-microsoft-com:vml"
xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta name=Generator content="Microsoft Word 15"><link rel=File-List
href="file:///C:/Users/x/f.xml">
<style><!-- p.MsoNormal {margin:0cm} span.Unseen {mso-style-name:U; display:none; mso-hide:all}
--></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml>
<![endif]--></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1>Findings<o:p></o:p></h1>
<p class=MsoNormal><b style='mso-bidi-font-weight:normal'>(TLP:AMBER)</b> We <i>tested</i> three<a
style='mso-footnote-id:ftn1' href="#_ftn1" name="_ftnref1" title=""><span
class=MsoFootnoteReference>
<![if !supportFootnotes]>[1]<![endif]></span></a>, see <a
href="https://example.org/a_b">there</a> and
<a href="file:///C:/x">here</a>.<span style='display:none;mso-hide:all'> Whispered.</span><span
class=Unseen>Muttered.</span><ins cite="mailto:A%20B" datetime="2026-01-01T10:00"> Added.</ins><del
cite="mailto:A%20B" datetime="2026-01-01T10:00"> Struck.</del><span class=MsoCommentReference><span
style='font-size:8.0pt'><a class=msocomanchor id="_anchor_1"
href="#_msocom_1">[AB1]</a></span></span></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if
!supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span
style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;</span></span></span><![endif]>First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>1.<span>&nbsp;</span></span><![endif]>Under it</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·</span><![endif]>Second</p>
<table class=MsoTableGrid border=1><tr><td><p
class=MsoNormal>Model</p></td><td><p>Score</p></td></tr>
<tr><td><p class=MsoNormal>A</p></td><td><p class=MsoNormal>0.7</p></td></tr></table>
<p class=MsoNormal><!--[if gte vml 1]><v:shape><v:imagedata
src="file:///C:/i.png"/></v:shape><![endif]-->
<![if !vml]><img width=1 src="file:///C:/i.png"><![endif]>After.</p><!--EndFragment-->
<div style='mso-element:footnote-list'><hr><div style='mso-element:footnote' id=ftn1><p
class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href="#_ftnref1"
name="_ftn1"><span>[1]</span></a>
Not <b>four</b>.</p></div></div><div style='mso-element:comment-list'><div
style='mso-element:comment'>
<p class=MsoCommentText>AB disagrees</p></div></div></body></html>"""
MARKDOWN = """# Findings

**(TLP:AMBER)** We *tested* three[^1], see [there](https://example.org/a_b) and
here. Added.

- First
  1. Under it
- Second

| Model | Score |
| --- | --- |
| A | 0.7 |

After.

[^1]: Not **four**."""
LEFT = {"comments": 1, "deletions": 1, "insertions": 1, "hidden": 2, "pictures": 1, "links": 1}


def test_words_clipboard_becomes_markdown_and_what_stays_behind_is_told() -> None:
    pasted = from_clipboard(WORD)
    assert pasted.markdown == MARKDOWN
    assert pasted.left_out == LEFT


@pytest.mark.parametrize("word", ["Whispered", "Muttered", "Struck", "disagrees", "mso", "AB1"])
def test_nothing_that_is_hidden_comes_along(word: str) -> None:
    assert word not in from_clipboard(WORD).markdown


def test_footnotes_do_not_take_the_numbers_of_others() -> None:
    pasted = from_clipboard(WORD, beside="There[^1] is one[^2].\n\n[^1]: a\n[^2]: b")
    assert "three[^3]," in pasted.markdown and pasted.markdown.endswith("[^3]: Not **four**.")


def test_other_clipboards_keep_their_looks_and_run_nothing() -> None:
    given = (
        '<b style="font-weight:normal"><p><span style="font-weight:700">Bold</span> and'
        ' <span style="font-style:italic">slanted</span><script>alert(1)</script>'
        '<a href="javascript:alert(1)" onclick="x()">a link</a></p></b>'
    )
    pasted = from_clipboard(given)
    assert pasted.markdown == "**Bold** and *slanted*a link"
    assert pasted.left_out == {"links": 1}


def test_a_paste_is_bounded() -> None:
    with pytest.raises(TooLarge):
        from_clipboard("x" * (LARGEST_CHARACTERS + 1))
    with pytest.raises(Invalid, match="nested too deeply"):
        from_clipboard("<div>" * 300)


def test_a_word_document_comes_as_its_clipboard_would() -> None:
    body = (
        '<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>Results</w:t></w:r></w:p>'
        + paragraph("Hidden.", "<w:vanish/>")
        + "<w:p><w:r><w:t>Text </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r>"
        '<w:ins w:author="A"><w:r><w:t> new</w:t></w:r></w:ins>'
        '<w:del w:author="A"><w:r><w:delText> old</w:delText></w:r></w:del>'
        '<w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t>"
        "</w:r></w:p></w:tc></w:tr></w:tbl>"
        '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        "<w:r><w:t>item</w:t></w:r></w:p>"
    )
    styles = (
        f'<w:styles {W}><w:style w:styleId="berschrift1" w:type="paragraph">'
        '<w:name w:val="heading 1"/></w:style></w:styles>'
    )
    notes = (
        f'<w:footnotes {W}><w:footnote w:id="2">{paragraph("A note.")}</w:footnote></w:footnotes>'
    )
    made = word(body)
    for name, content in (("styles", styles), ("footnotes", notes)):
        made.part(f"word/{name}.xml", content).lead("word/document.xml", f"word/{name}.xml", name)
    pasted = from_file(made.bytes(), "Talks.DOCX")
    assert pasted.markdown == (
        f"{SHOWN}\n\n# Results\n\nText **bold** new[^1]\n\n| a | b |\n| --- | --- |\n\n- item"
        "\n\n[^1]: A note."
    )
    assert pasted.left_out == {"comments": 1, "deletions": 1, "insertions": 1, "hidden": 1}


@pytest.mark.parametrize(
    ("data", "name"), [(b"no zip", "a.docx"), (b"\xff", "a.md"), (b"x", "a.pdf"), (b"x", "a")]
)
def test_what_is_no_text_is_refused_with_what_to_do(data: bytes, name: str) -> None:
    with pytest.raises(Invalid) as told:
        from_file(data, name)
    assert told.value.detail
